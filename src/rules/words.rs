//! Figures and names as people read them.

pub(super) use crate::declaration::allowed;

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

/// A value as a sample shows it: NULL, the empty text and long texts can be told from what they look like.
pub(super) fn shown(value: Option<&str>) -> String {
    const LONGEST: usize = 120;
    match value {
        None => "NULL".into(),
        Some("") => "''".into(),
        Some(text) if text.eq_ignore_ascii_case("null") => format!("'{text}'"),
        Some(text) if text.chars().count() > LONGEST => {
            format!("{}… ({} characters)", text.chars().take(LONGEST).collect::<String>(), text.chars().count())
        }
        Some(text) => text.to_owned(),
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
    fn null_and_the_empty_text_differ() {
        assert_eq!([shown(None), shown(Some("")), shown(Some("NULL"))], ["NULL", "''", "'NULL'"]);
    }
}
