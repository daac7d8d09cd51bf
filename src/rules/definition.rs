//! What of a rule decides what it counts: its table, its filter and what it checks. Not what a count means (thresholds,
//! severity, the fewest rows), and not how it is told.

use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeValue, ValueDeserializer};

use crate::digest::Checksum;

use super::kind::Name;
use super::rule::Rule;

/// The words of a rule that decide its count, and what of it may be shown: who offends is taken over with the count.
const COUNTED_BY: [&str; 4] = ["table", "where", "check", "redact"];

/// What decides a count, in one form.
#[derive(Debug, Clone, Default)]
pub(super) struct Definition {
    /// All of it.
    pub(super) whole: String,
    /// The same without `min` and `max`: what decides a figure that they only judge.
    of_figure: String,
}

/// Of a rule in TOML: the same text however it was laid out.
pub(super) fn of_toml(rule: Spanned<DeValue<'_>>) -> Definition {
    // What cannot be read is told by who reads the rule.
    let Ok(Value::Object(mut words)) = Value::deserialize(ValueDeserializer::from(rule)) else {
        return Definition::default();
    };
    words.retain(|word, _| COUNTED_BY.contains(&word.as_str()));
    // The number of rows is kept; the bounds of row_count only judge it.
    if let Some(Value::Object(bounds)) = words.get_mut("check").and_then(|check| check.get_mut("row_count")) {
        bounds.clear();
    }
    let whole = in_order(&words);
    if let Some(Value::Object(checks)) = words.get_mut("check") {
        for parameters in checks.values_mut().filter_map(Value::as_object_mut) {
            parameters.retain(|name, _| name != "min" && name != "max");
        }
    }
    Definition { whole, of_figure: in_order(&words) }
}

fn in_order(words: &serde_json::Map<String, Value>) -> String {
    let mut words: Vec<String> = words.iter().map(|(word, value)| format!("{word}={}", sorted(value))).collect();
    words.sort();
    words.join("\n")
}

/// Of a rule that a file beside it is part of: another text there makes it another rule.
pub(super) fn with_file(definition: &Definition, text: &str) -> Definition {
    let with = |definition: &str| format!("{definition}\nfile={}", Checksum::of(text.as_bytes()));
    Definition { whole: with(&definition.whole), of_figure: with(&definition.of_figure) }
}

/// Of a `*.sql` file: the query without the comments before it, and the columns that are redacted.
pub(super) fn of_query(sql: &str, redact: &[Name]) -> Definition {
    let redacted = redact.iter().map(|name| format!("redact={:?}\n", name.get_ref()));
    let whole: String = redacted.chain([sql.trim().to_owned()]).collect();
    Definition { of_figure: whole.clone(), whole }
}

/// Names without a schema mean something else along another path.
pub(super) fn checksum(rule: &Rule, search_path: &[String]) -> Checksum {
    of_text(&rule.definition.whole, search_path)
}

/// What decides the figure that a rule judges by bounds, where it can be judged by other ones; `None` for all other rules.
pub(super) fn figure_checksum(rule: &Rule, search_path: &[String]) -> Option<Checksum> {
    rule.check.bounds().map(|_| of_text(&rule.definition.of_figure, search_path))
}

fn of_text(text: &str, search_path: &[String]) -> Checksum {
    Checksum::of(format!("{}\n{text}", search_path.join("\0")).as_bytes())
}

/// JSON with the names of every object in order.
fn sorted(value: &Value) -> String {
    match value {
        Value::Object(entries) => {
            let mut entries: Vec<(&String, &Value)> = entries.iter().collect();
            entries.sort_by_key(|(name, _)| *name);
            let entries = entries.iter().map(|(name, value)| format!("{name:?}:{}", sorted(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
        Value::Array(values) => format!("[{}]", values.iter().map(sorted).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::load_embedded;

    fn definition(rule: &str) -> String {
        load_embedded(&[("r.toml", &format!("[rules.r]\n{rule}\n"))]).unwrap().rules[0].definition.whole.clone()
    }

    #[test]
    fn what_decides_the_count_is_the_definition_and_nothing_else() {
        let plain =
            definition("table = \"t\"\nwhere = \"a > 0\"\ncheck.accepted_range = { column = \"a\", min = 1, max = 5 }");
        let judged = "severity = \"warn\"\nthreshold = { count = 3 }\nmin_rows = 7\nallow_empty = true\ntags = [\"x\"]\nsample = 1";
        let otherwise = "where = 'a > 0'\ncheck.accepted_range = { max = 5, min = 1, column = \"a\" }\ntable = \"t\"";
        assert_eq!(definition(&format!("{judged}\n{otherwise}")), plain);
        for other in [
            "table = \"u\"\nwhere = \"a > 0\"\ncheck.accepted_range = { column = \"a\", min = 1, max = 5 }",
            "table = \"t\"\nwhere = \"a > 1\"\ncheck.accepted_range = { column = \"a\", min = 1, max = 5 }",
            "table = \"t\"\ncheck.accepted_range = { column = \"a\", min = 1, max = 5 }",
            "table = \"t\"\nwhere = \"a > 0\"\ncheck.accepted_range = { column = \"a\", min = 1, max = 6 }",
        ] {
            assert_ne!(definition(other), plain, "{other}");
        }
    }

    #[test]
    fn the_bounds_of_a_number_of_rows_only_judge() {
        let of = |bounds: &str| definition(&format!("table = \"t\"\ncheck.row_count = {{ {bounds} }}"));
        assert_eq!(of("min = 1"), of("max = 7"));
        assert_ne!(of("min = 1"), definition("table = \"t\"\ncheck.not_null = { column = \"a\" }"));
    }

    #[test]
    fn of_a_query_the_comments_before_it_do_not_count() {
        let of = |text: &str| load_embedded(&[("q.sql", text)]).unwrap().rules[0].definition.whole.clone();
        assert_eq!(of("-- severity: warn\n-- threshold: 5\nSELECT 1\n"), of("SELECT 1"));
        assert_ne!(of("SELECT 1"), of("SELECT 2"));
    }
}
