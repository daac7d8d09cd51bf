//! What a file's content is, told twice: byte for byte, and without what editors and checkouts change.

use serde::{Deserialize, Serialize};

use crate::digest::{Checksum, Hasher};

/// Two checksums of one file. Only the raw one differs: the line ends or trailing spaces changed, the SQL did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checksums {
    /// SHA-256 of the bytes.
    pub raw: Checksum,
    /// SHA-256 of the text without byte order mark, with LF line ends, without spaces, tabs and empty lines before a
    /// line's or the file's end.
    pub normalised: Checksum,
}

/// How the lines of a file end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineEnds {
    /// All by LF, or there is one line only.
    Lf,
    /// All by CR LF.
    CrLf,
    /// Some by one, some by the other.
    Mixed,
}

/// Both checksums in the making, for bytes that arrive in pieces of any size.
#[derive(Clone, Default)]
pub struct ChecksumsHasher {
    raw: Hasher,
    normalised: Hasher,
    /// Spaces, tabs, CRs and LFs that count only when text follows.
    held: Vec<u8>,
    started: bool,
    bom: bool,
    head: Vec<u8>,
    last: Option<u8>,
    crlf: u64,
    lf: u64,
}

const BOM: &[u8] = b"\xef\xbb\xbf";

impl ChecksumsHasher {
    /// Takes the next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        self.raw.update(bytes);
        self.count_line_ends(bytes);
        if self.started {
            return self.normalise(bytes);
        }
        self.head.extend_from_slice(bytes);
        if self.head.len() >= BOM.len() {
            self.start();
        }
    }

    /// Both checksums, how the lines end, and whether there is a byte order mark.
    pub fn finish(mut self) -> (Checksums, LineEnds, bool) {
        if !self.started {
            self.start();
        }
        let line_ends = match (self.crlf, self.lf) {
            (0, _) => LineEnds::Lf,
            (_, 0) => LineEnds::CrLf,
            _ => LineEnds::Mixed,
        };
        (Checksums { raw: self.raw.finish(), normalised: self.normalised.finish() }, line_ends, self.bom)
    }

    fn start(&mut self) {
        self.started = true;
        let head = std::mem::take(&mut self.head);
        self.bom = head.starts_with(BOM);
        self.normalise(if self.bom { &head[BOM.len()..] } else { &head });
    }

    fn normalise(&mut self, mut bytes: &[u8]) {
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        while !bytes.is_empty() {
            let text = bytes.iter().position(blank).unwrap_or(bytes.len());
            if text > 0 {
                self.release();
                self.normalised.update(&bytes[..text]);
            }
            let gap = bytes[text..].iter().position(|byte| !blank(byte)).unwrap_or(bytes.len() - text);
            self.held.extend_from_slice(&bytes[text..text + gap]);
            self.compact();
            bytes = &bytes[text + gap..];
        }
    }

    /// Keeps a run of blanks small: of each finished line only its LF counts.
    fn compact(&mut self) {
        if let Some(last) = self.held.iter().rposition(|byte| *byte == b'\n') {
            let lines = self.held[..=last].iter().filter(|byte| **byte == b'\n').count();
            let indent = self.held.split_off(last + 1);
            self.held.clear();
            self.held.resize(lines, b'\n');
            self.held.extend(indent);
        }
    }

    fn release(&mut self) {
        self.normalised.update(&self.held);
        self.held.clear();
    }

    fn count_line_ends(&mut self, bytes: &[u8]) {
        let mut last = self.last;
        for byte in bytes {
            if *byte == b'\n' {
                if last == Some(b'\r') { self.crlf += 1 } else { self.lf += 1 }
            }
            last = Some(*byte);
        }
        self.last = last;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &[u8]) -> (Checksums, LineEnds, bool) {
        let mut hasher = ChecksumsHasher::default();
        hasher.update(text);
        hasher.finish()
    }

    #[test]
    fn what_editors_change_leaves_the_normalised_checksum_alone() {
        let plain = of(b"SELECT 1;\n\n  SELECT 2;\n");
        for other in [
            &b"\xef\xbb\xbfSELECT 1;\r\n\r\n  SELECT 2;\r\n"[..],
            b"SELECT 1;  \n\t\n  SELECT 2;",
            b"SELECT 1;\n\n  SELECT 2;\n\n\n",
        ] {
            let other = of(other);
            assert_ne!(plain.0.raw, other.0.raw);
            assert_eq!(plain.0.normalised, other.0.normalised);
        }
        assert_eq!(of(b"a\r\nb\r\n").1, LineEnds::CrLf);
        assert_eq!(of(b"a\r\nb\n").1, LineEnds::Mixed);
        assert!(of(b"\xef\xbb\xbfa").2);
    }

    #[test]
    fn a_change_of_the_text_changes_both() {
        let one = of(b"SELECT 1;\n");
        for other in [&b"SELECT  1;\n"[..], b" SELECT 1;\n", b"SELECT\n1;\n", b"SELECT 2;\n", b""] {
            let other = of(other);
            assert_ne!(one.0.normalised, other.0.normalised);
        }
    }

    #[test]
    fn the_size_of_the_pieces_does_not_matter() {
        let text = b"\xef\xbb\xbfSELECT 1; \r\n \t\r\n  x\r\n";
        for size in 1..=text.len() {
            let mut hasher = ChecksumsHasher::default();
            text.chunks(size).for_each(|piece| hasher.update(piece));
            assert_eq!(hasher.finish(), of(text), "pieces of {size}");
        }
    }
}
