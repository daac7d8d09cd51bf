//! What a text in a file says.

/// What a text says. Some forms are checked as the file is read; others where more is known, by who uses them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Anything: words for a person, a value.
    Any,
    /// Something by its name, in one and in many: `("column", "columns")`.
    Named(&'static str, &'static str),
    /// The id of a rule, gate, load or metric.
    Id,
    /// SQL.
    Sql,
    /// A file or a folder.
    Path,
    /// Where a service is.
    Url,
    /// A place in JSON, by JSON Pointer (RFC 6901); the empty one is all of it.
    Pointer,
    /// The same, but not all of it.
    PointerWithin,
    /// A time that limits something: `250ms`, `5s`, `10min`, `1h`. Not 0.
    Time,
    /// The same, or 0.
    TimeOrNone,
    /// How old something may be, as PostgreSQL says it: `30 minutes`, `7 days`.
    Age,
    /// A decimal number of 0 or more, kept as it was written.
    Decimal,
    /// The same with a sign.
    SignedDecimal,
    /// A whole number of 0 or more.
    Digits,
    /// `2024-12-31`.
    Date,
    /// A date, or `now`.
    DateOrNow,
}

impl Form {
    /// What it is called: one of it.
    pub(crate) fn one(self) -> String {
        match self {
            Form::Named(one, _) => with_article(one),
            Form::Any => "a text".into(),
            Form::Id => "an id of lower-case letters, digits and _".into(),
            Form::Sql => "SQL as a text".into(),
            Form::Path => "a path".into(),
            Form::Url => "a URL that begins with http:// or https://, or holds `${NAME}`".into(),
            Form::Pointer => "a place in JSON: \"/status\", \"/items/0/id\"".into(),
            Form::PointerWithin => "a place within JSON: \"/generated_at\", \"/items/*/seen\"".into(),
            Form::Time => "a time above 0: \"250ms\", \"5s\", \"10min\", \"1h\"".into(),
            Form::TimeOrNone => "a time: \"250ms\", \"5s\", \"10min\", \"1h\", or \"0\"".into(),
            Form::Age => "an age: \"30 minutes\", \"12 hours\", \"7 days\", \"1 week\"".into(),
            Form::Decimal => "a decimal number of 0 or more as a text: \"0.01\"".into(),
            Form::SignedDecimal => "a decimal number as a text: \"-0.5\"".into(),
            Form::Digits => "a whole number of 0 or more as a text".into(),
            Form::Date => "a date as a text: \"2024-12-31\"".into(),
            Form::DateOrNow => "a date as a text, \"2024-12-31\", or \"now\"".into(),
        }
    }

    /// Several of it.
    pub(crate) fn many(self) -> String {
        match self {
            Form::Named(_, many) => many.to_owned(),
            Form::Id => "ids".into(),
            Form::Path => "paths".into(),
            Form::Pointer | Form::PointerWithin => "places in JSON".into(),
            _ => "texts".into(),
        }
    }

    /// In a word or two, for a table of parameters.
    pub(crate) fn brief(self) -> &'static str {
        match self {
            Form::Named(one, _) => one,
            Form::Any => "text",
            Form::Id => "id",
            Form::Sql => "SQL",
            Form::Path => "path",
            Form::Url => "URL",
            Form::Pointer | Form::PointerWithin => "place in JSON",
            Form::Time => "time",
            Form::TimeOrNone => "time or `\"0\"`",
            Form::Age => "age",
            Form::Decimal => "decimal text",
            Form::SignedDecimal => "decimal text",
            Form::Digits => "whole number as text",
            Form::Date => "date text",
            Form::DateOrNow => "date text or `\"now\"`",
        }
    }

    /// The regular expression that texts of this form match, in the words that JSON Schema has in common with others.
    pub(crate) fn pattern(self) -> Option<&'static str> {
        match self {
            Form::Any | Form::Named(..) | Form::Sql | Form::Path => None,
            Form::Id => Some("^[a-z0-9_]+$"),
            Form::Url => Some("^https?://|[$][{]"),
            Form::Pointer => Some("^(/|$)"),
            Form::PointerWithin => Some("^/"),
            Form::Time => Some("^0*[1-9][0-9]* *(ms|s|min|h)$"),
            Form::TimeOrNone => Some("^(0|[0-9]+ *(ms|s|min|h))$"),
            Form::Age => Some("^[0-9]{1,9} (second|minute|hour|day|week)s?$"),
            Form::Decimal => Some("^([0-9]+([.][0-9]*)?|[.][0-9]+)$"),
            Form::SignedDecimal => Some("^-?([0-9]+([.][0-9]*)?|[.][0-9]+)$"),
            Form::Digits => Some("^[0-9]+$"),
            Form::Date => Some("^[0-9]+-[0-9]+-[0-9]+$"),
            Form::DateOrNow => Some("^([0-9]+-[0-9]+-[0-9]+|now)$"),
        }
    }

    /// Whether a text has this form. Of forms that need more than a look at the text (SQL, a URL), whoever uses them says
    /// what is wrong.
    pub(crate) fn allows(self, text: &str) -> bool {
        let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match self {
            Form::Time => is_time(text) && text.bytes().any(|byte| matches!(byte, b'1'..=b'9')),
            Form::TimeOrNone => text == "0" || is_time(text),
            Form::Pointer => text.is_empty() || text.starts_with('/'),
            Form::PointerWithin => text.starts_with('/'),
            Form::Age => text.split_once(' ').is_some_and(|(number, unit)| {
                const UNITS: [&str; 5] = ["second", "minute", "hour", "day", "week"];
                are_digits(number) && number.len() <= 9 && UNITS.contains(&unit.strip_suffix('s').unwrap_or(unit))
            }),
            Form::Decimal => {
                let (whole, part) = text.split_once('.').unwrap_or((text, ""));
                let is_empty = whole.is_empty() && part.is_empty();
                let is_well = |digits: &str| digits.is_empty() || are_digits(digits);
                !is_empty && is_well(whole) && is_well(part)
            }
            Form::SignedDecimal => Form::Decimal.allows(text.strip_prefix('-').unwrap_or(text)),
            Form::Digits => are_digits(text),
            Form::Date => {
                let parts: Vec<&str> = text.split('-').collect();
                parts.len() == 3 && parts.into_iter().all(are_digits)
            }
            Form::DateOrNow => text == "now" || Form::Date.allows(text),
            Form::Id => {
                !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            }
            _ => true,
        }
    }
}

fn is_time(text: &str) -> bool {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    digits > 0 && ["ms", "s", "min", "h"].contains(&text[digits..].trim())
}

fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An editor goes by the pattern, the reader of files by a look at the text.
    #[test]
    fn the_pattern_of_a_form_is_what_it_allows() {
        const TEXTS: [&str; 32] = [
            "",
            "x",
            "0",
            "00",
            "0s",
            "00ms",
            "5s",
            "5 s",
            "250ms",
            "10min",
            "1h",
            "1d",
            "h",
            "-5s",
            "5",
            "7 days",
            "1 week",
            "days",
            "7 dayss",
            "0.5",
            ".5",
            "5.",
            ".",
            "-0.5",
            "--1",
            "1e3",
            "2024-12-31",
            "2024-12",
            "now",
            "/a/b",
            "a_1",
            "A",
        ];
        let forms = [
            Form::Id,
            Form::Time,
            Form::TimeOrNone,
            Form::Age,
            Form::Decimal,
            Form::SignedDecimal,
            Form::Digits,
            Form::Date,
            Form::DateOrNow,
            Form::Pointer,
            Form::PointerWithin,
        ];
        for form in forms {
            let pattern = regex::Regex::new(form.pattern().unwrap()).unwrap();
            let allowed: Vec<&str> = TEXTS.into_iter().filter(|text| form.allows(text)).collect();
            let matched: Vec<&str> = TEXTS.into_iter().filter(|text| pattern.is_match(text)).collect();
            assert_eq!(allowed, matched, "{form:?}");
            assert!(!allowed.is_empty() && allowed.len() < TEXTS.len(), "{form:?}");
        }
    }
}
