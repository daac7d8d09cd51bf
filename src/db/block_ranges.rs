//! A table's rows by where they lie.

/// The bytes of a block, but on a server that was built otherwise: pieces are then of another size, and still every row is in one.
pub const BLOCK: u64 = 8192;

/// Conditions on `ctid` that cut a table of so many blocks into ranges of about the same size: every row meets exactly one
/// of them. Without blocks, or with one piece, the only one is `true`. PostgreSQL 14 and newer read a range of a heap without
/// the rest.
pub fn block_ranges(blocks: u64, pieces: u64) -> Vec<String> {
    let pieces = pieces.min(blocks).max(1);
    let range = |number: u64| {
        // Open at both ends: nothing that the instant shows lies outside, whatever the file's size is now.
        let from = (number > 0).then(|| format!("ctid >= '({},0)'::tid", blocks * number / pieces));
        let to = (number + 1 < pieces).then(|| format!("ctid < '({},0)'::tid", blocks * (number + 1) / pieces));
        let bounds: Vec<String> = from.into_iter().chain(to).collect();
        if bounds.is_empty() { "true".to_owned() } else { bounds.join(" AND ") }
    };
    (0..pieces).map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_lies_in_one_range() {
        assert_eq!(
            block_ranges(1000, 3),
            ["ctid < '(333,0)'::tid", "ctid >= '(333,0)'::tid AND ctid < '(666,0)'::tid", "ctid >= '(666,0)'::tid"]
        );
        assert_eq!(block_ranges(2, 9).len(), 2);
        for whole in [block_ranges(0, 8), block_ranges(10, 1), block_ranges(10, 0)] {
            assert_eq!(whole, ["true"]);
        }
    }
}
