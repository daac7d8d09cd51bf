//! The digest of a column, or of whole rows, as a snapshot keeps it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Checksum, Digest};

/// Either an exact sum or the SHA-256 of a sequence. A sum and a sequence are never equal, and only sums add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContentDigest {
    /// The sum of a hash for each row, in which their order has no part.
    Sum(Digest),
    /// The checksum of all rows in their order.
    Sequence(Checksum),
}

impl ContentDigest {
    /// The sum, where it is one.
    pub fn sum(self) -> Option<Digest> {
        match self {
            ContentDigest::Sum(sum) => Some(sum),
            ContentDigest::Sequence(_) => None,
        }
    }
}

impl Default for ContentDigest {
    fn default() -> ContentDigest {
        ContentDigest::Sum(Digest::default())
    }
}

impl From<Digest> for ContentDigest {
    fn from(sum: Digest) -> ContentDigest {
        ContentDigest::Sum(sum)
    }
}

impl From<Checksum> for ContentDigest {
    fn from(sequence: Checksum) -> ContentDigest {
        ContentDigest::Sequence(sequence)
    }
}

impl fmt::Display for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ContentDigest::Sum(sum) => fmt::Display::fmt(sum, f),
            ContentDigest::Sequence(sequence) => fmt::Display::fmt(sequence, f),
        }
    }
}

impl Serialize for ContentDigest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContentDigest {
    /// A sequence has its `sha256:` in front; a sum is a decimal number.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<ContentDigest, D::Error> {
        let text = String::deserialize(deserializer)?;
        let read = match text.strip_prefix("sha256:") {
            Some(hex) => Checksum::parse(hex).map(ContentDigest::Sequence),
            None => text.parse().ok().map(ContentDigest::Sum),
        };
        read.ok_or_else(|| serde::de::Error::custom(format!("{text:?} is neither a sum nor sha256: and 64 digits")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_come_back_from_json_and_are_never_equal() {
        for digest in [ContentDigest::Sum(Digest(-5)), ContentDigest::Sequence(Checksum::of(b"abc"))] {
            let json = serde_json::to_string(&digest).unwrap();
            assert_eq!(serde_json::from_str::<ContentDigest>(&json).unwrap(), digest, "{json}");
        }
        // What older snapshots have.
        assert_eq!(serde_json::from_str::<ContentDigest>("\"-5\"").unwrap().sum(), Some(Digest(-5)));
        assert!(serde_json::from_str::<ContentDigest>("\"sha256:12\"").is_err());
        // 64 digits without a name are a sum too large, and no checksum.
        assert!(serde_json::from_str::<ContentDigest>(&format!("\"{}\"", "1".repeat(64))).is_err());
        assert_ne!(ContentDigest::default(), ContentDigest::Sequence(Checksum::of(b"")));
    }
}
