//! Figures and names as people read them.

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

/// What could have been meant: all names where they are few, else those that are nearest.
pub(super) fn allowed(asked: &str, names: &[&str]) -> String {
    const FEW: usize = 12;
    if names.is_empty() {
        return "there is none at all".into();
    }
    if names.len() <= FEW {
        return format!("there are: {}", names.join(", "));
    }
    let mut nearest: Vec<&&str> = names.iter().collect();
    nearest.sort_by_key(|name| distance(asked, name));
    nearest.truncate(3);
    format!("nearest: {}", nearest.into_iter().copied().collect::<Vec<_>>().join(", "))
}

/// How many letters must be put in, taken out or exchanged to come from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let exchanged = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = exchanged.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
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
    fn the_nearest_names_are_named() {
        let names: Vec<String> = (0..20).map(|n| format!("column_{n}")).chain(["email".to_owned()]).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert!(allowed("emial", &names).starts_with("nearest: email, "), "{}", allowed("emial", &names));
        assert_eq!(allowed("x", &["id", "name"]), "there are: id, name");
    }

    #[test]
    fn null_and_the_empty_text_differ() {
        assert_eq!([shown(None), shown(Some("")), shown(Some("NULL"))], ["NULL", "''", "'NULL'"]);
    }
}
