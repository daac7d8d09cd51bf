//! Kinds of fingerprint that must not be mixed up: the [`Checksum`] of bytes, the [`Digest`] of rows that adds up, and
//! [`ContentDigest`], which says whether a table's digest is such a sum or the checksum of a sequence.

mod content;

use std::fmt;
use std::ops::{Add, Sub};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use content::ContentDigest;

/// SHA-256 of bytes (FIPS 180-4), printed as `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Checksum([u8; 32]);

impl Checksum {
    /// The checksum of these bytes.
    pub fn of(bytes: &[u8]) -> Checksum {
        let mut hasher = Hasher::default();
        hasher.update(bytes);
        hasher.finish()
    }

    /// The 64 hexadecimal digits, without the name of the algorithm.
    pub fn hex(&self) -> String {
        use std::fmt::Write as _;
        self.0.iter().fold(String::with_capacity(64), |mut out, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        })
    }

    /// Reads 64 hexadecimal digits, with or without the `sha256:` in front. `None` where it is anything else.
    pub fn parse(text: &str) -> Option<Checksum> {
        let hex = text.strip_prefix("sha256:").unwrap_or(text);
        if hex.len() != 64 || !hex.is_ascii() {
            return None;
        }
        let mut bytes = [0u8; 32];
        for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Checksum(bytes))
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Checksum {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Checksum {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Checksum, D::Error> {
        let text = String::deserialize(deserializer)?;
        Checksum::parse(&text).ok_or_else(|| serde::de::Error::custom("not a sha256 checksum"))
    }
}

/// A checksum in the making, for bytes that arrive in pieces.
#[derive(Clone, Default)]
pub struct Hasher(Sha256);

impl Hasher {
    /// Takes the next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The checksum of all pieces together.
    pub fn finish(self) -> Checksum {
        Checksum(self.0.finalize().into())
    }
}

/// The exact sum of signed 64-bit row hashes: order-free and additive, so the digest of a table is that of
/// its parts added up. Never XOR: {a,a,b} and {b,c,c} would be equal.
///
/// An `i128` holds the sum of 2^64 hashes without overflow. Printed and stored as a decimal number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Digest(pub i128);

impl Add for Digest {
    type Output = Digest;
    fn add(self, other: Digest) -> Digest {
        Digest(self.0.wrapping_add(other.0))
    }
}

impl Sub for Digest {
    type Output = Digest;
    fn sub(self, other: Digest) -> Digest {
        Digest(self.0.wrapping_sub(other.0))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl std::str::FromStr for Digest {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Digest, Self::Err> {
        text.parse().map(Digest)
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // As text: a JSON number of this size loses digits in most readers.
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_of_pieces_equals_checksum_of_the_whole() {
        let mut hasher = Hasher::default();
        hasher.update(b"ab");
        hasher.update(b"c");
        // FIPS 180-4's own example for "abc".
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hasher.finish().hex(), expected);
        assert_eq!(Checksum::of(b"abc").to_string(), format!("sha256:{expected}"));
        assert_eq!(Checksum::parse(expected), Some(Checksum::of(b"abc")));
        assert_eq!(Checksum::parse("sha256:xyz"), None);
    }

    #[test]
    fn digests_add_up_and_survive_json() {
        let sum = Digest(i128::from(i64::MAX)) + Digest(i128::from(i64::MAX));
        assert_eq!(sum - Digest(i128::from(i64::MAX)), Digest(i128::from(i64::MAX)));
        let json = serde_json::to_string(&sum).expect("a digest is a string");
        assert_eq!(json, "\"18446744073709551614\"");
        assert_eq!(serde_json::from_str::<Digest>(&json).expect("round trip"), sum);
    }
}
