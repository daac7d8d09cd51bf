//! How many rows the lines of all phases together allow in one table.

use super::{Bound, Change, Counted, Declared};

/// A line that allows rows of one sort, and how many of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowLine {
    /// What it allows.
    pub counted: Counted,
    /// How many; [`Bound::ANY`] where it does not say.
    pub bound: Bound,
    /// Whether it says how many.
    pub is_bounded: bool,
}

impl Declared {
    /// The lines that allow rows of this table to change, come or go. A move brings or takes any number.
    pub fn row_lines(&self, table: &str) -> Vec<RowLine> {
        let mut lines = Vec::new();
        for (place, change) in self.changes.iter().enumerate() {
            let alone = || Declared { changes: vec![change.clone()], ..Declared::default() };
            let counted = match change {
                Change::Data { table: pattern, columns } if pattern == table || alone().names_table(table) => {
                    Counted::Changes(columns.clone())
                }
                Change::Inserts(_) | Change::Moves(_) if alone().inserts(table) => Counted::Inserts,
                Change::Deletes(_) | Change::Moves(_) if alone().deletes(table) => Counted::Deletes,
                _ => continue,
            };
            // The number stands behind the line that it belongs to.
            let bound = match self.changes.get(place + 1) {
                Some(Change::Rows { table: own, counted: what, bound }) if own == table && *what == counted => {
                    Some(*bound)
                }
                _ => None,
            };
            lines.push(RowLine { counted, bound: bound.unwrap_or(Bound::ANY), is_bounded: bound.is_some() });
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::super::directive::parse;
    use super::*;

    #[test]
    fn a_number_belongs_to_its_line() {
        let mut declared = Declared::default();
        for line in ["inserts public.t rows = 5", "inserts public.*", "deletes public.t", "moves public.a -> public.t"]
        {
            declared.changes.extend(parse(line).unwrap());
        }
        let lines: Vec<(Counted, String)> =
            declared.row_lines("public.t").into_iter().map(|line| (line.counted, line.bound.to_string())).collect();
        let any = || "any number of rows".to_owned();
        assert_eq!(
            lines,
            [
                (Counted::Inserts, "rows = 5".to_owned()),
                (Counted::Inserts, any()),
                (Counted::Deletes, any()),
                (Counted::Inserts, any()),
            ]
        );
        assert_eq!(declared.row_lines("public.a").len(), 2, "the pattern, and what the move takes");
    }
}
