//! What remains when equal rows of two streams cancel each other, in flat memory.
//!
//! Every row of A counts +1, every row of B -1, under its key's hash and its own. Two tables in the same physical order
//! cancel at once. Where too much is open at a time it is written to files by the key's hash, and each file is added up
//! for itself at the end; sums do not mind the order.

use std::collections::HashMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::hash::{BuildHasherDefault, Hasher};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::spill::Temporary;

use super::sql::Side;

/// So many rows may be open in memory: about 35 MB while the map grows, or while what is left of it is put in order.
const OPEN_ROWS: usize = 450_000;
/// Files of one level, by so many bits of the key's hash.
const BITS: u32 = 6;
/// Bytes of a row in a file.
const RECORD: usize = 32;

/// Where a row lies in its table: block and number, as long as the snapshot lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Place(pub(super) u32, pub(super) u16);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({},{})", self.0, self.1)
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Place, ()> {
        let inner = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        let (block, number) = inner.and_then(|inner| inner.split_once(',')).ok_or(())?;
        Ok(Place(block.parse().map_err(|_| ())?, number.parse().map_err(|_| ())?))
    }
}

/// Rows of one content that are not on both sides alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Open {
    /// The hash of the key.
    pub(super) key: i64,
    /// The hash of the row.
    pub(super) row: i64,
    /// How many more A has; fewer, where it is negative.
    pub(super) more: i32,
    /// Where one of them lies in A.
    a: Place,
    /// Where one of them lies in B.
    b: Place,
}

impl Open {
    /// The side that has more of them.
    pub(super) fn side(&self) -> Side {
        if self.more > 0 { Side::A } else { Side::B }
    }

    /// Where one of them lies on that side.
    pub(super) fn place(&self) -> Place {
        if self.more > 0 { self.a } else { self.b }
    }
}

/// The rows that are open so far.
#[derive(Debug)]
pub(super) struct Merge {
    open: HashMap<(i64, i64), (i32, Place, Place), BuildHasherDefault<KeyHasher>>,
    spill: Option<Spill>,
    limit: usize,
    level: u32,
}

impl Merge {
    pub(super) fn new() -> Merge {
        Merge::with_limit(OPEN_ROWS, 0)
    }

    fn with_limit(limit: usize, level: u32) -> Merge {
        Merge { open: HashMap::default(), spill: None, limit, level }
    }

    /// Takes a row of a side.
    ///
    /// # Errors
    /// Where the temporary directory cannot be written.
    pub(super) fn take(&mut self, side: Side, key: i64, row: i64, place: Place) -> io::Result<()> {
        let (a, b) = if side == Side::A { (place, Place::default()) } else { (Place::default(), place) };
        self.add(Open { key, row, more: if side == Side::A { 1 } else { -1 }, a, b })
    }

    fn add(&mut self, add: Open) -> io::Result<()> {
        match self.open.entry((add.key, add.row)) {
            std::collections::hash_map::Entry::Occupied(mut known) => {
                let (more, a, b) = known.get_mut();
                *more = more.saturating_add(add.more);
                if add.a != Place::default() {
                    *a = add.a;
                }
                if add.b != Place::default() {
                    *b = add.b;
                }
                if *more == 0 {
                    known.remove();
                }
            }
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert((add.more, add.a, add.b));
            }
        }
        if self.open.len() >= self.limit { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> io::Result<()> {
        let spill = match &mut self.spill {
            Some(spill) => spill,
            none => none.insert(Spill::new()?),
        };
        spill.write(self.level, self.open.drain().map(|(hashes, rest)| open(hashes, rest)))
    }

    /// Hands over what remains, piece by piece, each ordered by key's hash and row's hash, one key never in two pieces.
    ///
    /// # Errors
    /// Where the temporary directory cannot be used.
    pub(super) fn finish(mut self, take: &mut dyn FnMut(Vec<Open>)) -> io::Result<()> {
        if self.spill.is_some() {
            self.spill()?;
        }
        let Some(spill) = self.spill.take() else {
            let mut rest: Vec<Open> = self.open.drain().map(|(hashes, rest)| open(hashes, rest)).collect();
            rest.sort_unstable_by_key(|open| (open.key, open.row));
            take(rest);
            return Ok(());
        };
        drop(self.open);
        for part in 0..1_u64 << BITS {
            // Beyond the last bits a part can only be of few keys; then memory must do.
            let limit = if (self.level + 2) * BITS > u64::BITS { usize::MAX } else { self.limit };
            let mut merge = Merge::with_limit(limit, self.level + 1);
            spill.read(part, &mut |open| merge.add(open))?;
            merge.finish(take)?;
        }
        Ok(())
    }
}

fn open((key, row): (i64, i64), (more, a, b): (i32, Place, Place)) -> Open {
    Open { key, row, more, a, b }
}

/// Files of open rows; they vanish with this value.
#[derive(Debug)]
struct Spill {
    folder: Temporary,
}

impl Spill {
    fn new() -> io::Result<Spill> {
        Ok(Spill { folder: Temporary::folder("diff")? })
    }

    fn path(&self, part: u64) -> PathBuf {
        self.folder.path().join(part.to_string())
    }

    fn write(&self, level: u32, rows: impl Iterator<Item = Open>) -> io::Result<()> {
        let mut files: Vec<Option<BufWriter<File>>> = (0..1_u64 << BITS).map(|_| None).collect();
        for row in rows {
            let part = part(row.key, level);
            let file = match &mut files[usize::try_from(part).unwrap_or_default()] {
                Some(file) => file,
                none => none.insert(BufWriter::new(append(&self.path(part))?)),
            };
            let mut record = [0; RECORD];
            record[..8].copy_from_slice(&row.key.to_le_bytes());
            record[8..16].copy_from_slice(&row.row.to_le_bytes());
            record[16..20].copy_from_slice(&row.more.to_le_bytes());
            record[20..24].copy_from_slice(&row.a.0.to_le_bytes());
            record[24..26].copy_from_slice(&row.a.1.to_le_bytes());
            record[26..30].copy_from_slice(&row.b.0.to_le_bytes());
            record[30..].copy_from_slice(&row.b.1.to_le_bytes());
            file.write_all(&record)?;
        }
        files.into_iter().flatten().try_for_each(|mut file| file.flush())
    }

    fn read(&self, part: u64, take: &mut dyn FnMut(Open) -> io::Result<()>) -> io::Result<()> {
        let file = match File::open(self.path(part)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            opened => opened?,
        };
        let mut reader = BufReader::new(file);
        let mut record = [0; RECORD];
        loop {
            match reader.read_exact(&mut record) {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
                read => read?,
            }
            take(Open {
                key: i64::from_le_bytes(cut(&record, 0)),
                row: i64::from_le_bytes(cut(&record, 8)),
                more: i32::from_le_bytes(cut(&record, 16)),
                a: Place(u32::from_le_bytes(cut(&record, 20)), u16::from_le_bytes(cut(&record, 24))),
                b: Place(u32::from_le_bytes(cut(&record, 26)), u16::from_le_bytes(cut(&record, 30))),
            })?;
        }
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

fn part(key: i64, level: u32) -> u64 {
    let bits = u64::from_ne_bytes(key.to_ne_bytes());
    (bits >> (level * BITS)) & ((1 << BITS) - 1)
}

fn cut<const N: usize>(record: &[u8; RECORD], from: usize) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(&record[from..from + N]);
    bytes
}

/// The keys are hashes already.
#[derive(Debug, Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_i64(&mut self, value: i64) {
        self.0 = self.0.rotate_left(29) ^ u64::from_ne_bytes(value.to_ne_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(merge: Merge) -> Vec<(i64, i64, i32)> {
        let mut found = Vec::new();
        merge.finish(&mut |rows| found.extend(rows.iter().map(|open| (open.key, open.row, open.more)))).unwrap();
        found.sort_unstable();
        found
    }

    fn filled(limit: usize) -> Merge {
        let mut merge = Merge::with_limit(limit, 0);
        let place = |row: i64| Place(u32::try_from(row).unwrap(), 1);
        for row in 0..3_000_i64 {
            merge.take(Side::A, row.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64.cast_signed()), row, place(row)).unwrap();
        }
        // The other way round, one missing, one changed, one twice.
        for row in (1..3_000_i64).rev() {
            let key = row.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64.cast_signed());
            merge.take(Side::B, key, if row == 7 { -7 } else { row }, place(row)).unwrap();
        }
        merge.take(Side::B, 5, 5, place(9)).unwrap();
        merge.take(Side::B, 5, 5, place(9)).unwrap();
        merge
    }

    #[test]
    fn equal_rows_cancel_whether_in_memory_or_by_way_of_files() {
        let in_memory = rest(filled(usize::MAX));
        assert_eq!(in_memory.len(), 4);
        assert!(in_memory.contains(&(5, 5, -2)) && in_memory.contains(&(0, 0, 1)));
        // So small a limit that files are split again.
        for limit in [3, 10, 100, 2_999] {
            assert_eq!(rest(filled(limit)), in_memory, "{limit}");
        }
    }

    #[test]
    fn the_place_is_that_on_the_side_with_more() {
        let mut merge = Merge::with_limit(10, 0);
        merge.take(Side::B, 1, 1, Place(4, 2)).unwrap();
        merge.take(Side::A, 1, 1, Place(5, 2)).unwrap();
        merge.take(Side::B, 1, 1, Place(6, 2)).unwrap();
        merge.take(Side::B, 1, 1, Place(7, 2)).unwrap();
        let mut found = Vec::new();
        merge.finish(&mut |rows| found.extend(rows)).unwrap();
        assert_eq!((found[0].side(), found[0].place(), found[0].more), (Side::B, Place(7, 2), -2));
        assert_eq!((found[0].place().to_string(), "(7,2)".parse()), ("(7,2)".to_owned(), Ok(Place(7, 2))));
        assert!("7,2".parse::<Place>().is_err());
    }

    #[test]
    fn the_files_vanish() {
        let merge = filled(10);
        let directory = merge.spill.as_ref().unwrap().folder.path().to_owned();
        assert!(directory.exists());
        drop(merge);
        assert!(!directory.exists());
    }
}
