//! The sealed form of a cookie.
//!
//! | Offset | Bytes | What |
//! |---|---|---|
//! | 0 | 1 | version: 1 |
//! | 1 | 4 | epoch of the key, little-endian |
//! | 5 | 12 | nonce |
//! | 17 | n | the plain text of [`super::layout`], encrypted with AES-256-GCM-SIV |
//! | 17 + n | 16 | tag |
//!
//! The associated data is a label of the purpose, then the first five bytes (version and epoch), so that a
//! cookie of one purpose is none of another, and neither number can be changed.

use aws_lc_rs::aead::{Aad, LessSafeKey, NONCE_LEN, Nonce};
use aws_lc_rs::rand;

use super::{CookieError, layout};

const VERSION: u8 = 1;
const EPOCH_AT: usize = 1;
const NONCE_AT: usize = 5;
const SEALED_AT: usize = NONCE_AT + NONCE_LEN;
const TAG_BYTES: usize = 16;

/// No genuine cookie is longer; nothing longer is looked at.
pub(crate) const COOKIE_BYTES_MAX: usize = SEALED_AT + layout::PLAIN_BYTES_MAX + TAG_BYTES;
/// No genuine cookie is shorter.
pub(crate) const COOKIE_BYTES_MIN: usize = SEALED_AT + layout::PLAIN_BYTES_MIN + TAG_BYTES;

/// What a cookie is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Shown to GetCookie.
    Authorization,
    /// Shown to every other call of a client.
    Session,
    /// Shown to GetCookie by a downstream server.
    ServerAuthorization,
    /// Shown to every other call of a downstream server.
    ServerSession,
}

impl Purpose {
    /// The label bound into the tag. Of one length, so that no label is the beginning of another with its header.
    const fn label(self) -> &'static [u8; 16] {
        match self {
            Self::Authorization => b"vanne wusp auth ",
            Self::Session => b"vanne wusp sessn",
            Self::ServerAuthorization => b"vanne wsss auth ",
            Self::ServerSession => b"vanne wsss sessn",
        }
    }
}

/// Seals `plain` under a random nonce.
///
/// A repeated nonce (a cloned virtual machine) would only show that two cookies are equal: that is why it is
/// GCM-SIV and not GCM.
pub(crate) fn seal(purpose: Purpose, epoch: u32, key: &LessSafeKey, plain: &[u8]) -> Vec<u8> {
    let mut nonce = [0; NONCE_LEN];
    rand::fill(&mut nonce).expect("the generator of aws-lc aborts the process before it fails");
    let mut sealed = Vec::with_capacity(SEALED_AT + plain.len() + TAG_BYTES);
    sealed.push(VERSION);
    sealed.extend(epoch.to_le_bytes());
    sealed.extend(nonce);
    let mut body = plain.to_vec();
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), associated(purpose, epoch), &mut body)
        .expect("a cookie of a few hundred bytes is within what GCM-SIV seals");
    sealed.extend(body);
    sealed
}

/// Opens what [`seal`] made for the same purpose; `key` finds the key of an epoch.
pub(crate) fn open<'key>(
    purpose: Purpose,
    sealed: &[u8],
    key: impl FnOnce(u32) -> Option<&'key LessSafeKey>,
) -> Result<Vec<u8>, CookieError> {
    if !(COOKIE_BYTES_MIN..=COOKIE_BYTES_MAX).contains(&sealed.len()) {
        return Err(CookieError::Forged);
    }
    let (&[version], rest) = sealed.split_first_chunk::<EPOCH_AT>().ok_or(CookieError::Forged)?;
    let (&epoch, rest) = rest.split_first_chunk::<4>().ok_or(CookieError::Forged)?;
    let (&nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or(CookieError::Forged)?;
    if version != VERSION {
        return Err(CookieError::Forged);
    }
    let epoch = u32::from_le_bytes(epoch);
    let key = key(epoch).ok_or(CookieError::Forged)?;
    let mut plain = body.to_vec();
    let plain_bytes = key
        .open_in_place(Nonce::assume_unique_for_key(nonce), associated(purpose, epoch), &mut plain)
        .map_err(|_| CookieError::Forged)?
        .len();
    plain.truncate(plain_bytes);
    Ok(plain)
}

fn associated(purpose: Purpose, epoch: u32) -> Aad<[u8; 21]> {
    let mut data = [0; 21];
    data[..16].copy_from_slice(purpose.label());
    data[16] = VERSION;
    data[17..].copy_from_slice(&epoch.to_le_bytes());
    Aad::from(data)
}
