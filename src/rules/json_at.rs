//! JSON in which a path finds something, made from the path.

use serde_json::{Map, Value, json};

/// One step of a path into the JSON.
enum Step {
    Key(String),
    AnyKey,
    Index(usize),
}

/// JSON texts in which the path may find something: what it asks of the value there is guessed from the words of its filter.
pub(super) fn found_by(path: &str) -> Vec<String> {
    let path = path.trim();
    let path = ["strict", "lax"].iter().find_map(|mode| path.strip_prefix(mode)).unwrap_or(path).trim();
    let Some(rest) = path.strip_prefix('$') else { return Vec::new() };
    let (steps, filter) = steps(rest);
    ends(filter).into_iter().map(|end| steps.iter().rev().fold(end, around).to_string()).collect()
}

fn around(inner: Value, step: &Step) -> Value {
    match step {
        Step::Key(key) => Value::Object(Map::from_iter([(key.clone(), inner)])),
        Step::AnyKey => json!({ "phasegate": inner }),
        Step::Index(place) => Value::Array(vec![inner; place + 1]),
    }
}

/// The steps up to the first thing that is none: a filter, a method.
fn steps(path: &str) -> (Vec<Step>, &str) {
    let (mut steps, mut rest) = (Vec::new(), path.trim_start());
    while let Some((step, after)) = step(rest) {
        steps.push(step);
        rest = after.trim_start();
    }
    (steps, rest)
}

fn step(path: &str) -> Option<(Step, &str)> {
    /// Longer arrays than this are not made.
    const LONGEST: usize = 1000;
    if let Some(inner) = path.strip_prefix('[') {
        let (place, after) = inner.split_once(']')?;
        let place = place.split(['t', ',']).next().unwrap_or_default().trim();
        let place = if place == "*" || place == "last" { 0 } else { place.parse().ok().filter(|at| *at < LONGEST)? };
        return Some((Step::Index(place), after));
    }
    let name = path.strip_prefix('.')?.trim_start();
    if let Some(after) = name.strip_prefix("**").or_else(|| name.strip_prefix('*')) {
        return Some((Step::AnyKey, after));
    }
    if let Some(quoted) = name.strip_prefix('"') {
        let (key, after) = quoted.split_once('"').filter(|(key, _)| !key.contains('\\'))?;
        return Some((Step::Key(key.to_owned()), after));
    }
    let end = name.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(name.len());
    let (key, after) = name.split_at(end);
    (!key.is_empty() && !after.trim_start().starts_with('(')).then(|| (Step::Key(key.to_owned()), after))
}

/// What may stand where the steps lead to.
fn ends(filter: &str) -> Vec<Value> {
    let mut values = vec![json!(1), json!("phasegate"), json!(true), json!({})];
    let mut words = filter.split('"');
    while let (Some(_), Some(text)) = (words.next(), words.next()) {
        values.push(json!(text));
    }
    let numbers = filter.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-'));
    for number in numbers.filter_map(|number| number.parse::<f64>().ok()) {
        values.extend([json!(number), json!(number + 1.0), json!(number - 1.0)]);
    }
    values.push(Value::Null);
    // Keys that the filter asks for, below the value.
    let keys: Vec<&str> = filter
        .split("@.")
        .skip(1)
        .filter_map(|text| text.split(|c: char| !(c.is_alphanumeric() || c == '_')).next())
        .collect();
    if !keys.is_empty() {
        let with = |value: &Value| Value::Object(keys.iter().map(|key| ((*key).to_owned(), value.clone())).collect());
        values.extend(values.iter().map(with).collect::<Vec<_>>());
    }
    values
}

#[cfg(test)]
mod tests {
    use super::found_by;

    #[test]
    fn json_is_made_around_what_a_path_finds() {
        let first = |path: &str| found_by(path).first().cloned().unwrap_or_default();
        assert_eq!(first("$.a.\"b c\"[*]"), r#"{"a":{"b c":[1]}}"#);
        assert_eq!(first("strict $.a[2].*"), r#"{"a":[{"phasegate":1},{"phasegate":1},{"phasegate":1}]}"#);
        assert_eq!(first("$"), "1");
        assert_eq!(first("$[0 to last].key"), r#"[{"key":1}]"#);
        assert_eq!(first("nonsense"), "");
    }

    #[test]
    fn the_words_of_a_filter_are_tried() {
        let all = found_by(r#"$.a ? (@ == "secret")"#);
        assert!(all.contains(&r#"{"a":"secret"}"#.to_owned()), "{all:?}");
        let all = found_by("$.items[*] ? (@.price > 12.5 && @.of == \"x\")");
        assert!(all.contains(&r#"{"items":[{"of":13.5,"price":13.5}]}"#.to_owned()), "{all:?}");
        assert!(found_by("$.a.size() ? (@ > 3)").contains(&r#"{"a":4.0}"#.to_owned()));
    }
}
