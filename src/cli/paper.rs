//! Lines for people: wrapped at words, counted with the right word, harmless whatever the data holds.

use comfy_table::{CellAlignment, ContentArrangement, Table, TableStyle};

/// The text with every line of it at most so wide, broken at blanks only; what goes on below is indented by `hang`.
/// A word that is wider than the line (a path, a hash) stays whole. Without a width nothing is broken.
pub(super) fn wrap(text: &str, width: Option<u16>, hang: usize) -> String {
    let width = width.map_or(usize::MAX, usize::from);
    let mut out = String::with_capacity(text.len() + 16);
    for line in text.lines() {
        if line.chars().count() <= width {
            out.push_str(line);
        } else {
            fill(&mut out, line, width, hang);
        }
        out.push('\n');
    }
    out
}

fn fill(out: &mut String, line: &str, width: usize, hang: usize) {
    let indent = line.len() - line.trim_start().len();
    out.push_str(&line[..indent]);
    let mut column = indent;
    let mut at_start = true;
    for word in line.split_whitespace() {
        let length = word.chars().count();
        if !at_start && column + 1 + length > width {
            out.push('\n');
            out.push_str(&" ".repeat(hang));
            column = hang;
            at_start = true;
        }
        if !at_start {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
        at_start = false;
    }
}

/// `1 phase`, `3 phases`.
pub(super) fn count(number: impl TryInto<u64>, one: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {one}{ending}")
}

/// Data must not be able to fake a line's colour or the cursor's place.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// A table without frames, at most so wide; the columns named in `figures` are aligned to the right.
pub(super) fn table(
    width: u16,
    header: &[&str],
    figures: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> String {
    let mut table = Table::new();
    table.force_no_tty().load_style(TableStyle::new());
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table.set_header(header.to_vec());
    table.add_rows(rows.into_iter().map(|row| row.iter().map(|cell| printable(cell)).collect::<Vec<_>>()));
    for (column, title) in table.column_iter_mut().zip(header) {
        if figures.contains(title) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_blanks_and_hang() {
        assert_eq!(wrap("stop: one two three", Some(13), 6), "stop: one two\n      three\n");
        assert_eq!(wrap("  a b\nc", Some(4), 2), "  a\n  b\nc\n");
        let path = "/a/very/long/path/that/is/one/word";
        assert_eq!(wrap(&format!("x {path} y"), Some(10), 2), format!("x\n  {path}\n  y\n"));
        assert_eq!(wrap("as  it   is", None, 0), "as  it   is\n");
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!(count(1_usize, "row"), "1 row");
        assert_eq!(count(0_u64, "row"), "0 rows");
    }

    #[test]
    fn control_characters_do_not_come_through() {
        assert_eq!(printable("a\u{1b}[31m\r\nb"), "a\u{fffd}[31m\u{fffd}\nb");
    }
}
