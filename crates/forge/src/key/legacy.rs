//! RSA with SHA-1 (PKCS #1 1.5), which no library signs with any more, and rightly: old publishers did, and are forged here.
//!
//! Slow, and for keys that protect nothing.

use crate::der::{null, octets, oid, sequence};

/// Signs a digest with the key of 2048 bits that `pkcs8` is.
pub(super) fn sign(pkcs8: &[u8], digest: &[u8]) -> Vec<u8> {
    let [modulus, exponent] = numbers(pkcs8);
    let info = sequence(&[&sequence(&[&oid("1.3.14.3.2.26"), &null()]), &octets(digest)]);
    let mut padded = vec![0, 1];
    padded.resize(modulus.len() - info.len() - 1, 0xff);
    padded.push(0);
    padded.extend(info);
    power(&padded, exponent, &Modulus::new(modulus))
}

/// Modulus and private exponent.
fn numbers(pkcs8: &[u8]) -> [&[u8]; 2] {
    // PrivateKeyInfo: version, algorithm, key. RSAPrivateKey: version, modulus, public and private exponent.
    let [_, _, key] = elements(elements::<1>(pkcs8)[0]);
    let [_, modulus, _, exponent] = elements(elements::<1>(key)[0]);
    [modulus, exponent].map(|number| number.strip_prefix(&[0]).unwrap_or(number))
}

/// The contents of the first elements of `bytes`.
fn elements<const N: usize>(mut bytes: &[u8]) -> [&[u8]; N] {
    std::array::from_fn(|_| {
        let count = if bytes[1] < 0x80 { 0 } else { usize::from(bytes[1] & 0x7f) };
        let long = bytes[2..2 + count].iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        let (start, length) = (2 + count, if count == 0 { usize::from(bytes[1]) } else { long });
        let content = &bytes[start..start + length];
        bytes = &bytes[start + length..];
        content
    })
}

/// A modulus for products after Montgomery: limbs, the lowest first, and what takes their lowest away.
struct Modulus {
    limbs: Vec<u64>,
    inverse: u64,
}

impl Modulus {
    fn new(bytes: &[u8]) -> Self {
        let limbs = limbs(bytes);
        // Newton: each step doubles the bits that are right.
        let inverse = (0..6).fold(limbs[0], |x, _| x.wrapping_mul(2_u64.wrapping_sub(limbs[0].wrapping_mul(x))));
        Self { inverse: inverse.wrapping_neg(), limbs }
    }

    /// a · b / 2^(64 · limbs).
    fn product(&self, a: &[u64], b: &[u64]) -> Vec<u64> {
        let length = self.limbs.len();
        let mut sum = vec![0_u64; length + 2];
        for factor in b {
            add(&mut sum, a, *factor);
            let multiple = sum[0].wrapping_mul(self.inverse);
            add(&mut sum, &self.limbs, multiple);
            sum.remove(0);
            sum.push(0);
        }
        self.reduced(sum)
    }

    /// What is below twice the modulus, below it.
    fn reduced(&self, mut number: Vec<u64>) -> Vec<u64> {
        let length = self.limbs.len();
        let is_less =
            number[length..].iter().all(|limb| *limb == 0) && number[..length].iter().rev().lt(self.limbs.iter().rev());
        if !is_less {
            let mut borrow = 0_i128;
            for (limb, taken) in number.iter_mut().zip(self.limbs.iter().chain(&[0, 0])) {
                let rest = i128::from(*limb) - i128::from(*taken) + borrow;
                (*limb, borrow) = (rest as u64, rest >> 64);
            }
        }
        number.truncate(length);
        number
    }

    fn doubled(&self, number: &[u64]) -> Vec<u64> {
        let mut sum = vec![0; number.len() + 2];
        add(&mut sum, number, 2);
        self.reduced(sum)
    }
}

/// Adds a multiple.
fn add(sum: &mut [u64], number: &[u64], factor: u64) {
    let mut carry = 0_u128;
    for (place, limb) in sum.iter_mut().zip(number.iter().chain(&[0, 0])) {
        let total = u128::from(*place) + u128::from(*limb) * u128::from(factor) + carry;
        (*place, carry) = (total as u64, total >> 64);
    }
}

/// base^exponent.
fn power(base: &[u8], exponent: &[u8], modulus: &Modulus) -> Vec<u8> {
    let length = modulus.limbs.len();
    let mut one = vec![0; length];
    one[0] = 1;
    let scaled = |number: &[u64], bits: usize| (0..bits).fold(number.to_vec(), |number, _| modulus.doubled(&number));
    let base = modulus.product(&limbs(base), &scaled(&one, 128 * length));
    let mut result = scaled(&one, 64 * length);
    for byte in exponent {
        for bit in (0..8).rev() {
            result = modulus.product(&result, &result);
            if byte >> bit & 1 == 1 {
                result = modulus.product(&result, &base);
            }
        }
    }
    modulus.product(&result, &one).iter().rev().flat_map(|limb| limb.to_be_bytes()).collect()
}

fn limbs(bytes: &[u8]) -> Vec<u64> {
    bytes.rchunks(8).map(|limb| limb.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))).collect()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};

    use crate::key::{Digest, Key};

    #[test]
    fn what_is_signed_with_sha_1_verifies() {
        let key = Key::rsa();
        let Key::Rsa(pair) = &key else { unreachable!("it is RSA") };
        let signature = key.sign(Digest::Sha1, b"message");
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, pair.public_key().as_ref());
        assert!(public.verify(b"message", &signature).is_ok());
        assert!(public.verify(b"another", &signature).is_err());
    }
}
