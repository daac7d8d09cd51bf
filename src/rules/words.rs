//! Figures and names as people read them.

pub(super) use crate::declaration::allowed;

/// The first word of each row of a table: the names of what it lists.
macro_rules! first_words {
    ($table:ident) => {{
        let mut words = [""; $table.len()];
        let mut at = 0;
        while at < words.len() {
            words[at] = $table[at].0;
            at += 1;
        }
        words
    }};
}
pub(super) use first_words;

/// `12,400`.
pub(super) fn figure(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 row`, `2 rows`.
pub(super) fn rows(number: u64) -> String {
    format!("{} {}", figure(number), if number == 1 { "row" } else { "rows" })
}

/// A value as a sample shows it, long ones cut.
pub(super) fn shown(value: Option<&str>) -> String {
    match value {
        Some(text) if is_long(text) => cut(text),
        other => crate::evidence::shown(other),
    }
}

/// Whether [`told`] or [`shown`] may have cut it.
pub(super) fn is_cut(text: &str) -> bool {
    is_long(text)
}

/// A figure that a statement made for people to read, a long one cut.
pub(super) fn told(figure: Option<&str>) -> String {
    figure.map_or("NULL".into(), cut)
}

const LONGEST: usize = 120;

fn is_long(text: &str) -> bool {
    text.chars().nth(LONGEST).is_some()
}

fn cut(text: &str) -> String {
    match is_long(text) {
        true => {
            format!("{}… ({} characters)", text.chars().take(LONGEST).collect::<String>(), text.chars().count())
        }
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_grouped() {
        let read: Vec<String> = [0, 7, 999, 1000, 12_400, 1_234_567].into_iter().map(figure).collect();
        assert_eq!(read, ["0", "7", "999", "1,000", "12,400", "1,234,567"]);
    }

    #[test]
    fn long_values_are_cut() {
        assert_eq!(shown(Some(&"x".repeat(121))), format!("{}… (121 characters)", "x".repeat(120)));
        assert_eq!([shown(None), shown(Some(""))], ["NULL", "\"\""]);
    }
}
