//! The rows of `COPY … (FORMAT binary)`, one by one, in memory for one row.
//!
//! The format is that of the page on COPY in PostgreSQL's manual: a head of 19 bytes, for each row the number of its
//! fields in two bytes, for each field its length in four (-1 for NULL) and its bytes, and at the end -1 in two.

use std::ops::Range;

use crate::db::{DbError, Session};

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// Signature, flags, length of an extension: both are 0 in what servers send.
const HEAD: usize = 19;

/// A row: its fields with the lengths in front of them.
pub(super) struct Tuple<'a> {
    bytes: &'a [u8],
    /// Where each field begins, and the end of the last one.
    starts: &'a [usize],
}

impl<'a> Tuple<'a> {
    /// The fields from the first of these to the last; nothing for places that are not there.
    pub(super) fn fields(&self, places: Range<usize>) -> &'a [u8] {
        let ends = (self.starts.get(places.start), self.starts.get(places.end));
        let (Some(from), Some(to)) = ends else { return &[] };
        self.bytes.get(*from..*to).unwrap_or(&[])
    }

    pub(super) fn field(&self, place: usize) -> &'a [u8] {
        self.fields(place..place + 1)
    }

    pub(super) fn is_null(&self, place: usize) -> bool {
        // A field that is not NULL begins with a length from 0 up.
        self.field(place).first() == Some(&0xff)
    }
}

/// Hands over each row of the copy, which must have this many fields.
///
/// # Errors
/// [`DbError`]; [`DbError::Answer`] for what is not a whole copy. The session may be unusable then.
pub(super) async fn each_tuple(
    session: &mut Session,
    statement: &str,
    fields: usize,
    mut take: impl FnMut(&Tuple<'_>),
) -> Result<(), DbError> {
    let mut reader = Reader { fields, ..Reader::default() };
    let mut copy = session.copy_out(statement).await?;
    let mut fault = None;
    while let Some(piece) = copy.next().await? {
        // Read to its end, whatever it says, so that the session stays good.
        if fault.is_none() {
            fault = reader.take(&piece, &mut take).err();
        }
    }
    match fault.or_else(|| reader.missing()) {
        Some(reason) => Err(DbError::Answer { reason: format!("a binary copy {reason}") }),
        None => Ok(()),
    }
}

#[derive(Default)]
struct Reader {
    fields: usize,
    /// What was sent and not read yet.
    rest: Vec<u8>,
    begun: bool,
    ended: bool,
    starts: Vec<usize>,
}

impl Reader {
    fn take(&mut self, piece: &[u8], each: &mut impl FnMut(&Tuple<'_>)) -> Result<(), String> {
        self.rest.extend_from_slice(piece);
        let mut at = 0;
        if !self.begun {
            if self.rest.len() < HEAD {
                return Ok(());
            }
            if !self.rest.starts_with(SIGNATURE) || self.rest[SIGNATURE.len()..HEAD] != [0; 8] {
                return Err("has a head of another kind".into());
            }
            (self.begun, at) = (true, HEAD);
        }
        while let Some(end) = self.find(at)? {
            if !self.ended {
                each(&Tuple { bytes: &self.rest, starts: &self.starts });
            }
            at = end;
        }
        self.rest.drain(..at);
        Ok(())
    }

    /// The end of the row that begins here; `None` where it has not arrived whole, or is the end of all.
    fn find(&mut self, at: usize) -> Result<Option<usize>, String> {
        let Some(head) = self.rest.get(at..at + 2) else { return Ok(None) };
        if self.ended {
            return Err("goes on after its end".into());
        }
        let count = i16::from_be_bytes([head[0], head[1]]);
        if count == -1 {
            self.ended = true;
            return if self.rest.len() > at + 2 { Err("goes on after its end".into()) } else { Ok(Some(at + 2)) };
        }
        if usize::try_from(count) != Ok(self.fields) {
            return Err(format!("has a row of {count} fields where {} were asked for", self.fields));
        }
        self.starts.clear();
        let mut next = at + 2;
        for _ in 0..self.fields {
            self.starts.push(next);
            let Some(length) = self.rest.get(next..next + 4) else { return Ok(None) };
            let length = i32::from_be_bytes([length[0], length[1], length[2], length[3]]);
            next += 4;
            if length != -1 {
                next += usize::try_from(length).map_err(|_| format!("has a field of length {length}"))?;
            }
        }
        self.starts.push(next);
        Ok((next <= self.rest.len()).then_some(next))
    }

    fn missing(&self) -> Option<String> {
        (!self.ended || !self.rest.is_empty()).then(|| "ended before its end".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copy(rows: &[&[Option<&[u8]>]]) -> Vec<u8> {
        let mut out = SIGNATURE.to_vec();
        out.extend([0; 8]);
        for row in rows {
            out.extend(i16::try_from(row.len()).unwrap().to_be_bytes());
            for field in *row {
                match field {
                    Some(bytes) => {
                        out.extend(i32::try_from(bytes.len()).unwrap().to_be_bytes());
                        out.extend(*bytes);
                    }
                    None => out.extend((-1i32).to_be_bytes()),
                }
            }
        }
        out.extend((-1i16).to_be_bytes());
        out
    }

    fn read(bytes: &[u8], step: usize) -> Result<Vec<(Vec<u8>, bool)>, String> {
        let mut reader = Reader { fields: 2, ..Reader::default() };
        let mut found = Vec::new();
        for piece in bytes.chunks(step) {
            reader.take(piece, &mut |tuple: &Tuple<'_>| found.push((tuple.fields(0..2).to_vec(), tuple.is_null(1))))?;
        }
        reader.missing().map_or(Ok(found), Err)
    }

    #[test]
    fn rows_are_the_same_however_they_are_cut() {
        let bytes = copy(&[&[Some(b"a"), None], &[Some(b""), Some(b"\xff\xff")]]);
        let whole = read(&bytes, bytes.len()).unwrap();
        assert_eq!(whole.len(), 2);
        assert_eq!((whole[0].1, whole[1].1), (true, false));
        assert_ne!(whole[0].0, whole[1].0);
        for step in 1..bytes.len() {
            assert_eq!(read(&bytes, step).unwrap(), whole, "{step}");
        }
    }

    #[test]
    fn what_is_cut_short_or_too_long_is_refused() {
        let bytes = copy(&[&[Some(b"a"), None]]);
        assert!(read(&bytes[..bytes.len() - 1], 7).is_err());
        assert!(read(&bytes[..25], 7).is_err());
        assert!(read(&[bytes.as_slice(), b"x"].concat(), bytes.len() + 1).is_err());
        assert!(read(&[bytes.as_slice(), b"xy"].concat(), 1).is_err());
        assert!(read(&copy(&[&[None]]), 100).unwrap_err().contains("1 fields"));
        assert!(read(b"not a copy of any kind, at all", 100).is_err());
    }
}
