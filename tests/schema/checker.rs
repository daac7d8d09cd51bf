//! As much of a JSON Schema checker as the schemas need. A word that it does not know is a failed test, not a green one.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::Value;

use phasegate::config::SCHEMAS;

/// The schema of a file, by its name.
pub(crate) fn schema(name: &str) -> Value {
    let schema = SCHEMAS.into_iter().find(|schema| schema.name == name).unwrap();
    serde_json::from_str(&schema.text()).unwrap()
}

/// Everything in which a value is not as the schema has it, each with its place.
pub(crate) fn problems(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, value, "", &mut found);
    found
}

/// Words that say nothing of the value.
const ANNOTATIONS: [&str; 6] = ["$schema", "$id", "title", "description", "default", "format"];

fn check(schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    if let Value::Bool(allowed) = schema {
        if !allowed {
            found.push(format!("{at}: nothing is allowed here"));
        }
        return;
    }
    for (word, says) in schema.as_object().unwrap() {
        if let Some(problem) = one(schema, word, says, value, at, found) {
            found.push(format!("{at}: {problem}"));
        }
    }
}

fn one(schema: &Value, word: &str, says: &Value, value: &Value, at: &str, found: &mut Vec<String>) -> Option<String> {
    match word {
        "type" => (!is_of_type(says.as_str().unwrap(), value)).then(|| format!("{value} is not of type {says}")),
        "enum" => (!says.as_array().unwrap().contains(value)).then(|| format!("{value} is none of {says}")),
        "pattern" => {
            let text = value.as_str().filter(|text| !matches(says.as_str().unwrap(), text));
            text.map(|text| format!("{text:?} does not match {says}"))
        }
        "minimum" => value.as_f64().filter(|number| *number < says.as_f64().unwrap()).map(|_| format!("below {says}")),
        "maximum" => value.as_f64().filter(|number| *number > says.as_f64().unwrap()).map(|_| format!("above {says}")),
        "items" => {
            for (index, entry) in value.as_array().into_iter().flatten().enumerate() {
                check(says, entry, &format!("{at}/{index}"), found);
            }
            None
        }
        "minItems" => too_few(value.as_array().map(Vec::len), says),
        "minProperties" => too_few(value.as_object().map(serde_json::Map::len), says),
        "maxProperties" => {
            let most = says.as_u64().unwrap();
            let count = value.as_object().map_or(0, serde_json::Map::len) as u64;
            (count > most).then(|| format!("{count} entries, at most {most} are allowed"))
        }
        "required" => {
            let table = value.as_object()?;
            let missing = says.as_array().unwrap().iter().find(|name| !table.contains_key(name.as_str().unwrap()))?;
            Some(format!("{missing} is missing"))
        }
        "properties" => {
            for (name, property) in says.as_object().unwrap() {
                if let Some(inner) = value.get(name) {
                    check(property, inner, &format!("{at}/{name}"), found);
                }
            }
            None
        }
        "additionalProperties" => {
            let known = schema.get("properties").and_then(Value::as_object);
            let table = value.as_object().into_iter().flatten();
            for (name, inner) in table.filter(|(name, _)| !known.is_some_and(|known| known.contains_key(*name))) {
                check(says, inner, &format!("{at}/{name}"), found);
            }
            None
        }
        "propertyNames" => {
            for name in value.as_object().into_iter().flatten().map(|(name, _)| name) {
                check(says, &Value::String(name.clone()), &format!("{at}/{name}"), found);
            }
            None
        }
        "anyOf" => {
            let any = says.as_array().unwrap().iter().any(|schema| problems(schema, value).is_empty());
            (!any).then(|| format!("{value} is none of what it may be"))
        }
        "if" => {
            if !problems(says, value).is_empty() {
                check(&schema["else"], value, at, found);
            }
            None
        }
        "else" => None,
        word if ANNOTATIONS.contains(&word) => None,
        word => panic!("{at}: the checker does not know the word {word}"),
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    thread_local! { static KNOWN: RefCell<BTreeMap<String, regex::Regex>> = const { RefCell::new(BTreeMap::new()) } }
    KNOWN.with_borrow_mut(|known| {
        let compiled = known.entry(pattern.to_owned()).or_insert_with(|| regex::Regex::new(pattern).unwrap());
        compiled.is_match(text)
    })
}

fn too_few(count: Option<usize>, least: &Value) -> Option<String> {
    let count = count? as u64;
    (count < least.as_u64().unwrap()).then(|| format!("{count} entries, at least {least} are asked for"))
}

fn is_of_type(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        other => panic!("no such type: {other}"),
    }
}

#[test]
fn the_checker_finds_what_is_wrong() {
    let schema = serde_json::json!({
        "type": "object",
        "required": ["a"],
        "additionalProperties": false,
        "properties": {
            "a": { "type": "integer", "minimum": 1, "maximum": 3 },
            "b": { "type": "array", "items": { "enum": ["x"] }, "minItems": 1 },
            "c": { "anyOf": [{ "type": "boolean" }, { "type": "string", "pattern": "^x" }] },
        },
        "if": { "required": ["b"] },
        "else": { "required": ["c"] },
    });
    let find = |value: Value| problems(&schema, &value).len();
    assert_eq!(find(serde_json::json!({ "a": 2, "b": ["x"], "c": "xy" })), 0);
    for wrong in [
        serde_json::json!(7),
        serde_json::json!({ "b": ["x"] }),
        serde_json::json!({ "a": 0, "c": true }),
        serde_json::json!({ "a": 4, "c": true }),
        serde_json::json!({ "a": 1.5, "c": true }),
        serde_json::json!({ "a": 1, "b": [] }),
        serde_json::json!({ "a": 1, "b": ["y"] }),
        serde_json::json!({ "a": 1, "c": "yx" }),
        serde_json::json!({ "a": 1 }),
        serde_json::json!({ "a": 1, "c": true, "d": 1 }),
    ] {
        assert_eq!(find(wrong.clone()), 1, "{wrong}: {:?}", problems(&schema, &wrong));
    }
}
