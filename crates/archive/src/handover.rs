use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use trust::{Fingerprint, Signature, SigningKey, VerifyingKey};

use crate::folders::Folders;
use crate::limits::{HANDOVERS_BYTES_MAX, HANDOVERS_MAX};
use crate::manifest::to_text;
use crate::{HANDOVERS_NAME, OpenError};

/// What an old key signs: the text of the new one.
const PURPOSE: &str = "vanne archive key handover 1";
const FORMAT: &str = "vanne-archive-keys";

/// The word of a server's old key for its new one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handover {
    old: String,
    new: String,
    signature: String,
}

/// `keys.json`: how a server's key came from those before it, the earliest first. It proves itself, and needs no signature of
/// the archive it lies in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handovers(Vec<Handover>);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HandoversFile {
    format: String,
    version: u32,
    handovers: Vec<Handover>,
}

impl Handover {
    /// `old` says that `new` takes its place.
    pub fn new(old: &SigningKey, new: &VerifyingKey) -> Self {
        let text = new.to_string();
        let signature = old.sign(PURPOSE, text.as_bytes()).to_string();
        Self { old: old.verifying_key().to_string(), new: text, signature }
    }

    /// The old key and the new one, if the old one said so.
    pub fn proven(&self) -> Option<(Fingerprint, Fingerprint)> {
        let (old, new): (VerifyingKey, VerifyingKey) = (self.old.parse().ok()?, self.new.parse().ok()?);
        let signature: Signature = self.signature.parse().ok()?;
        old.verify(PURPOSE, self.new.as_bytes(), &signature).ok()?;
        Some((old.fingerprint(), new.fingerprint()))
    }
}

impl Handovers {
    /// Of so many, the latest are kept.
    pub fn new(mut handovers: Vec<Handover>) -> Self {
        let surplus = handovers.len().saturating_sub(HANDOVERS_MAX);
        handovers.drain(..surplus);
        Self(handovers)
    }

    /// Reads `keys.json` of the archive in `folders`; nothing if there is none, or another thing of that name.
    ///
    /// # Errors
    /// [`OpenError`] for a folder that cannot be read.
    pub fn open(folders: &[PathBuf]) -> Result<Self, OpenError> {
        let found = Folders::open(folders)?.small(HANDOVERS_NAME, HANDOVERS_BYTES_MAX)?;
        let read = found.iter().filter_map(|(_, bytes)| Self::parse(bytes));
        Ok(Self::new(read.flat_map(|read| read.0).collect()))
    }

    /// Reads the text of a `keys.json`; none if it is another thing.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let file: HandoversFile = serde_json::from_slice(bytes).ok()?;
        (file.format == FORMAT && file.version == 1).then(|| Self::new(file.handovers))
    }

    /// The trusted key that vouches for `signer`, through those between them. None of the way may be `distrusted`: whoever
    /// stole such a key says what it says.
    pub fn vouched(
        &self,
        signer: Fingerprint,
        trusted: &[Fingerprint],
        distrusted: &[Fingerprint],
    ) -> Option<Fingerprint> {
        let is_sound = |(old, new): &(Fingerprint, Fingerprint)| !distrusted.contains(old) && !distrusted.contains(new);
        let proven: Vec<_> = self.0.iter().filter_map(Handover::proven).filter(is_sound).collect();
        let mut known = signer;
        // A ring ends as well.
        for _ in 0..proven.len() {
            let (old, _) = *proven.iter().rev().find(|(_, new)| *new == known)?;
            if trusted.contains(&old) {
                return Some(old);
            }
            known = old;
        }
        None
    }

    /// The keys that were, the earliest first.
    pub fn old(&self) -> impl Iterator<Item = Fingerprint> {
        self.0.iter().filter_map(Handover::proven).map(|(old, _)| old)
    }

    /// The text of `keys.json`; none if the key never changed.
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        let file = HandoversFile { format: FORMAT.to_owned(), version: 1, handovers: self.0.clone() };
        (!self.0.is_empty()).then(|| to_text(&file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> [SigningKey; 3] {
        std::array::from_fn(|_| SigningKey::generate())
    }

    fn name(key: &SigningKey) -> Fingerprint {
        key.verifying_key().fingerprint()
    }

    #[test]
    fn a_trusted_key_vouches_for_its_successors_and_for_nobody_else() {
        let [first, second, third] = keys();
        let chain = Handovers::new(vec![
            Handover::new(&first, &second.verifying_key()),
            Handover::new(&second, &third.verifying_key()),
        ]);
        assert_eq!(chain.vouched(name(&third), &[name(&first)], &[]), Some(name(&first)));
        assert_eq!(chain.vouched(name(&third), &[name(&first), name(&second)], &[]), Some(name(&second)));
        assert_eq!(chain.vouched(name(&first), &[name(&second)], &[]), None, "nor for those before it");
        assert_eq!(chain.vouched(name(&third), &[], &[]), None);
        assert_eq!(chain.vouched(name(&SigningKey::generate()), &[name(&first)], &[]), None);
        let ring = Handovers::new(vec![
            Handover::new(&first, &second.verifying_key()),
            Handover::new(&second, &first.verifying_key()),
        ]);
        assert_eq!(ring.vouched(name(&first), &[name(&third)], &[]), None);
    }

    #[test]
    fn nobody_vouches_for_a_key_that_is_distrusted_or_through_one() {
        let [first, second, third] = keys();
        let chain = Handovers::new(vec![
            Handover::new(&first, &second.verifying_key()),
            Handover::new(&second, &third.verifying_key()),
        ]);
        let trusted = [name(&first)];
        assert_eq!(chain.vouched(name(&third), &trusted, &[name(&third)]), None);
        assert_eq!(chain.vouched(name(&third), &trusted, &[name(&second)]), None, "it may be a thief's word");
        assert_eq!(chain.vouched(name(&second), &trusted, &[name(&third)]), Some(name(&first)));
    }

    #[test]
    fn a_handover_that_somebody_made_up_proves_nothing() {
        let [first, second, third] = keys();
        let honest = Handover::new(&first, &second.verifying_key());
        let other = Handover::new(&third, &second.verifying_key());
        for forged in [
            Handover { new: third.verifying_key().to_string(), ..honest.clone() },
            Handover { old: third.verifying_key().to_string(), ..honest.clone() },
            Handover { signature: other.signature, ..honest.clone() },
            Handover { signature: "00".into(), ..honest.clone() },
        ] {
            assert_eq!(forged.proven(), None, "{forged:?}");
        }
        assert_eq!(honest.proven(), Some((name(&first), name(&second))));
    }

    #[test]
    fn it_is_read_as_it_was_written_and_another_thing_is_none() {
        let [first, second, _] = keys();
        let chain = Handovers::new(vec![Handover::new(&first, &second.verifying_key())]);
        let folder = tempfile::tempdir().unwrap();
        let folders = [folder.path().to_owned()];
        assert_eq!(Handovers::open(&folders).unwrap(), Handovers::default());
        std::fs::write(folder.path().join(HANDOVERS_NAME), chain.to_bytes().unwrap()).unwrap();
        assert_eq!(Handovers::open(&folders).unwrap(), chain);
        std::fs::write(folder.path().join(HANDOVERS_NAME), "{}").unwrap();
        assert_eq!(Handovers::open(&folders).unwrap(), Handovers::default());
        assert_eq!(Handovers::default().to_bytes(), None);
    }
}
