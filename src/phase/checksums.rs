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
    /// Normalised text that is not hashed yet: one large piece is hashed faster than many words.
    ready: Vec<u8>,
    /// Ends of lines that count only when text follows.
    newlines: u64,
    /// Spaces, tabs and CRs that count only when text follows in their line.
    blanks: Vec<u8>,
    started: bool,
    bom: bool,
    head: Vec<u8>,
    last: Option<u8>,
    crlf: u64,
    lf: u64,
}

/// How much normalised text is gathered before it is hashed.
const READY_BYTES: usize = 32 * 1024;

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
        self.normalised.update(&self.ready);
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

    /// Line by line; a line may arrive in pieces.
    fn normalise(&mut self, bytes: &[u8]) {
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r');
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let line = piece.strip_suffix(b"\n").unwrap_or(piece);
            let text = line.iter().rposition(|byte| !blank(byte)).map_or(0, |last| last + 1);
            if text > 0 {
                self.release();
                self.ready.extend_from_slice(&line[..text]);
            }
            self.blanks.extend_from_slice(&line[text..]);
            if line.len() < piece.len() {
                self.blanks.clear();
                self.newlines += 1;
            }
        }
        if self.ready.len() >= READY_BYTES {
            self.normalised.update(&self.ready);
            self.ready.clear();
        }
    }

    /// Text follows, so what was held back counts.
    fn release(&mut self) {
        for _ in 0..std::mem::take(&mut self.newlines) {
            self.ready.push(b'\n');
        }
        self.ready.append(&mut self.blanks);
    }

    fn count_line_ends(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            if let Some(line) = piece.strip_suffix(b"\n") {
                if line.last().copied().or(self.last) == Some(b'\r') { self.crlf += 1 } else { self.lf += 1 }
            }
            self.last = piece.last().copied();
        }
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
