//! Shapes as JSON Schema, by which editors complete a file and mark what is wrong in it.
//!
//! Only words that draft 7 and draft 2020-12 have in common, and no `$ref`: the language servers for TOML know little
//! more, and none of the files is so large that it would matter.

use serde_json::{Map, Value, json};

use super::form::Form;
use super::parameter::{KindInfo, Parameter};
use super::shape::Shape;

/// The schema of a file.
pub fn document(name: &str, title: &str, description: &str, shape: &Shape) -> String {
    let mut document = schema(shape);
    document.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    // A name, not a place: the file is written by the program, and fetched from nowhere.
    document.insert("$id".into(), format!("urn:phasegate:schema:{name}").into());
    document.insert("title".into(), title.into());
    document.insert("description".into(), description.into());
    format!("{:#}\n", Value::Object(document))
}

fn schema(shape: &Shape) -> Map<String, Value> {
    let value = match shape {
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Whole { least, most } => whole(*least, *most),
        Shape::Number { least, most } => number(*least, *most),
        Shape::Numbers(numbers) => json!({ "type": "integer", "enum": numbers }),
        Shape::Text(form) => text(*form),
        Shape::Word(words) => json!({ "type": "string", "enum": words }),
        // Editors hand a date to the schema as a text.
        Shape::Moment => json!({ "type": "string", "format": "date-time" }),
        Shape::List { of, least } => {
            let mut list = json!({ "type": "array", "items": schema(of) });
            if *least > 0 {
                list["minItems"] = (*least).into();
            }
            list
        }
        Shape::Map { names, of, least } => {
            let mut map = json!({ "type": "object", "additionalProperties": schema(of) });
            if let Some(pattern) = names.pattern() {
                map["propertyNames"] = json!({ "pattern": pattern });
            }
            if *least > 0 {
                map["minProperties"] = (*least).into();
            }
            map
        }
        Shape::Table(parameters) => table(parameters),
        Shape::Kind(kinds) => one_kind(kinds),
        Shape::Either(shapes) => json!({ "anyOf": shapes.iter().map(schema).collect::<Vec<_>>() }),
        Shape::Json => json!({}),
    };
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn whole(least: i64, most: i64) -> Value {
    let mut value = json!({ "type": "integer" });
    if least > i64::MIN {
        value["minimum"] = least.into();
    }
    if most < i64::MAX {
        value["maximum"] = most.into();
    }
    value
}

fn number(least: f64, most: f64) -> Value {
    let mut value = json!({ "type": "number" });
    if least.is_finite() {
        value["minimum"] = least.into();
    }
    if most.is_finite() {
        value["maximum"] = most.into();
    }
    value
}

fn text(form: Form) -> Value {
    let mut value = json!({ "type": "string" });
    if let Some(pattern) = form.pattern() {
        value["pattern"] = pattern.into();
    }
    value
}

fn table(parameters: &[Parameter]) -> Value {
    let properties: Map<String, Value> =
        parameters.iter().map(|parameter| (parameter.name.to_owned(), property(parameter))).collect();
    let mut value = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    let required: Vec<&str> =
        parameters.iter().filter(|parameter| parameter.default.is_none()).map(|parameter| parameter.name).collect();
    if !required.is_empty() {
        value["required"] = required.into();
    }
    for parameter in parameters {
        if let Shape::Kind(kinds) = parameter.shape
            && kinds.iter().any(|kind| kind.needs_table)
        {
            let without: Vec<&str> = kinds.iter().filter(|kind| !kind.needs_table).flat_map(KindInfo::names).collect();
            value["if"] = json!({ "properties": { parameter.name: { "propertyNames": { "enum": without } } } });
            value["else"] = json!({ "required": ["table"] });
        }
    }
    value
}

fn property(parameter: &Parameter) -> Value {
    let mut value = schema(&parameter.shape);
    let mut description = parameter.meaning.to_owned();
    match (parameter.default, parameter.default_value()) {
        (_, Some(default)) => drop(value.insert("default".into(), json!(default))),
        (Some(words), None) => description.push_str(&format!("; where it is not given: {words}")),
        (None, None) => {}
    }
    value.insert("description".into(), description.into());
    Value::Object(value)
}

fn one_kind(kinds: &'static [KindInfo]) -> Value {
    let named = kinds.iter().flat_map(|kind| kind.names().map(move |name| (name, kind)));
    let properties: Map<String, Value> = named
        .map(|(name, kind)| {
            let mut value = table(kind.parameters);
            value["description"] = kind.summary.into();
            (name.to_owned(), value)
        })
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "minProperties": 1,
        "maxProperties": 1,
    })
}
