//! One offender: its key, what is wrong with it, and what stood and stands in it.

use serde::{Deserialize, Serialize};

/// Of a longer value a part is shown.
const LONGEST: usize = 100;
/// So much is shown of what is alike before the first difference.
const LEAD: usize = 20;

/// One offender: its key, and what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// The key as `column=value` pairs, or the whole row where the table has no key.
    pub key: String,
    /// The offending value or what became of the row (`lost`, `added`, `changed: amount`); empty where the key says it all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// What stood in the row and what stands in it, where a database was at hand that holds it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<OldNew>,
    /// Why values were not read, although such a database was at hand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// What stood in a column of one row and what stands in it, as people read it: `NULL` is NULL, and a text that could be
/// taken for something else stands in quotes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OldNew {
    /// The column.
    pub column: String,
    /// The old value; left out where there was no such row, or it was not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// The new value, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
}

impl Sample {
    /// An offender of which no more is known.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Sample {
        Sample { key: key.into(), value: value.into(), ..Sample::default() }
    }

    /// The entry of a column; made where there is none.
    pub fn of_column(&mut self, column: &str) -> &mut OldNew {
        let at = self.values.iter().position(|value| value.column == column).unwrap_or_else(|| {
            self.values.push(OldNew { column: column.to_owned(), ..OldNew::default() });
            self.values.len() - 1
        });
        &mut self.values[at]
    }

    /// All of it in one line: `id=7: changed: amount: 10.00 -> 10.01`.
    pub fn line(&self) -> String {
        let mut line = self.key.clone();
        if !self.value.is_empty() {
            line = format!("{line}: {}", self.value);
        }
        for value in &self.values {
            // What became of the row names the column already.
            let named = self.value.strip_suffix(&value.column).is_some_and(|front| front.ends_with(": "));
            let column = if named && self.values.len() == 1 { String::new() } else { format!("; {}", value.column) };
            line = format!("{line}{column}: {}", value.text(named));
        }
        self.notes.iter().fold(line, |line, note| format!("{line}; {note}"))
    }
}

impl OldNew {
    /// Of a row on both sides one value alone would not say which it is.
    fn text(&self, on_both_sides: bool) -> String {
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => format!("{old} -> {new}"),
            (Some(old), None) if on_both_sides => format!("was {old}"),
            (None, Some(new)) if on_both_sides => format!("is {new}"),
            (Some(only), None) | (None, Some(only)) => only.clone(),
            (None, None) => String::new(),
        }
    }

    /// Cuts long values to a readable length, so that where the two differ is seen.
    pub fn cut(&mut self) {
        let alike = match (&self.old, &self.new) {
            (Some(old), Some(new)) => old.chars().zip(new.chars()).take_while(|(one, other)| one == other).count(),
            _ => 0,
        };
        let is_long = |value: &Option<String>| value.as_ref().is_some_and(|text| text.chars().count() > LONGEST);
        let from = if alike > LONGEST / 2 && (is_long(&self.old) || is_long(&self.new)) { alike - LEAD } else { 0 };
        for value in [&mut self.old, &mut self.new].into_iter().flatten() {
            *value = part(value, from);
        }
    }
}

fn part(text: &str, from: usize) -> String {
    let shown: String = text.chars().skip(from).take(LONGEST).collect();
    let (before, after) = (from > 0, text.chars().count() > from + LONGEST);
    format!("{}{shown}{}", if before { "…" } else { "" }, if after { "…" } else { "" })
}

/// A value so that NULL, the empty text, blanks and the end of a line can be told from what they look like.
pub fn shown(value: Option<&str>) -> String {
    match value {
        None => "NULL".to_owned(),
        Some(text)
            if text.is_empty()
                || text == "NULL"
                || text.trim() != text
                || text.chars().any(char::is_control)
                || text.starts_with(['"', '…']) =>
        {
            format!("{text:?}")
        }
        Some(text) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(old: &str, new: &str) -> OldNew {
        OldNew { column: "c".into(), old: Some(old.into()), new: Some(new.into()) }
    }

    #[test]
    fn a_line_has_each_column_once() {
        let mut sample = Sample::new("id=7", "changed: c");
        assert_eq!(sample.line(), "id=7: changed: c");
        sample.values.push(changed("1", "2"));
        assert_eq!(sample.line(), "id=7: changed: c: 1 -> 2");
        sample.of_column("c").new = None;
        assert_eq!(sample.line(), "id=7: changed: c: was 1");
        let mut lost = Sample::new("id=7", "lost");
        lost.of_column("a").old = Some("1".into());
        lost.of_column("b").old = Some("NULL".into());
        lost.notes.push("no more".into());
        assert_eq!(lost.line(), "id=7: lost; a: 1; b: NULL; no more");
    }

    #[test]
    fn what_could_be_mistaken_stands_in_quotes() {
        let pairs = [("", "\"\""), ("NULL", "\"NULL\""), (" a", "\" a\""), ("a\nb", "\"a\\nb\""), ("a b", "a b")];
        for (text, expected) in pairs {
            assert_eq!(shown(Some(text)), expected);
        }
        assert_eq!(shown(None), "NULL");
    }

    #[test]
    fn long_values_are_cut_where_they_differ() {
        let front = "x".repeat(300);
        let mut both = changed(&format!("{front}a"), &format!("{front}b"));
        both.cut();
        let lead = "x".repeat(LEAD);
        assert_eq!(both.text(true), format!("…{lead}a -> …{lead}b"));
        let mut short = changed("ab", "ac");
        short.cut();
        assert_eq!(short.text(true), "ab -> ac");
        let mut long = changed(&"a".repeat(200), "b");
        long.cut();
        assert_eq!(long.text(true), format!("{}… -> b", "a".repeat(LONGEST)));
    }
}
