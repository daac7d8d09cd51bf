//! Where the rows of a table lie, in tables that can each be read by itself.

use crate::db::{BLOCK, DbError, Session, Sql, block_ranges, quote_qualified};

use super::offenders::Part;
use super::resolve::Target;

/// A statement for each of more would cost more than is gained.
const MOST: usize = 256;

/// A table with rows, as it stands behind FROM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) source: String,
    pub(super) blocks: u64,
}

/// The tables that hold its rows: itself, its partitions, its inheritors. `None` where some of them cannot be read without it:
/// foreign ones, those of another owner, those with policies.
pub(super) async fn leaves(table: &Target, session: &mut Session) -> Result<Option<Vec<Leaf>>, DbError> {
    if !table.has_parts {
        return Ok(Some(vec![Leaf { source: table.quoted.clone(), blocks: table.bytes / BLOCK }]));
    }
    let sql = Sql::new(include_str!("leaves.sql")).value("table", &table.quoted).render()?;
    let mut leaves = Vec::new();
    for row in session.rows(sql).await? {
        if !row.flag("readable")? {
            return Ok(None);
        }
        let bytes: u64 = row.parse("bytes")?;
        let source = format!("ONLY {}", quote_qualified(row.text("schema")?, row.text("name")?));
        leaves.push(Leaf { source, blocks: bytes / BLOCK });
    }
    Ok((leaves.len() <= MOST).then_some(leaves))
}

/// About so many pieces, of about one size; one at least of each table.
pub(super) fn parts(leaves: &[Leaf], pieces: u64) -> Vec<Part> {
    let of_blocks = leaves.iter().map(|leaf| leaf.blocks).sum::<u64>().max(1);
    let of_leaf = |leaf: &Leaf| {
        let ranges = block_ranges(leaf.blocks, (leaf.blocks * pieces).div_ceil(of_blocks));
        let source = leaf.source.clone();
        ranges.into_iter().map(move |restriction| Part { source: source.clone(), restriction }).collect::<Vec<_>>()
    };
    leaves.iter().flat_map(of_leaf).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_a_piece_however_small_it_is() {
        let leaf = |source: &str, blocks: u64| Leaf { source: source.to_owned(), blocks };
        let found = parts(&[leaf("a", 300), leaf("b", 0), leaf("c", 100)], 4);
        let found: Vec<(&str, &str)> = found.iter().map(|part| (&*part.source, &*part.restriction)).collect();
        let expected = [
            ("a", "ctid < '(100,0)'::tid"),
            ("a", "ctid >= '(100,0)'::tid AND ctid < '(200,0)'::tid"),
            ("a", "ctid >= '(200,0)'::tid"),
            ("b", "true"),
            ("c", "true"),
        ];
        assert_eq!(found, expected);
    }
}
