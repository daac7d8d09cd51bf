//! Rows whose JSON has not the shape that it should have.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::db::quote_literal;

use super::json_path::{JSON_TYPE, JsonType, must_be_json};
use super::kind::{Complaints, Form, Kind, Name, Parameter, Scope, Shape, plain};
use super::row::{self, Probed};
use super::violation::{Planned, Violation};

/// A JSON column whose values must be objects of this shape: the part of JSON Schema that a scan can ask for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JsonSchema {
    column: Name,
    #[serde(default)]
    required: Vec<Name>,
    #[serde(default)]
    properties: BTreeMap<String, Spanned<JsonType>>,
    #[serde(default = "super::kind::yes")]
    additional_properties: bool,
    #[serde(default = "super::kind::yes")]
    null_ok: bool,
}

impl Kind for JsonSchema {
    const NAME: &'static str = "json_schema";
    const SUMMARY: &'static str = "rows whose JSON is no object of the given shape";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("column", Shape::COLUMN, "the column, of type jsonb or json"),
        Parameter::optional("required", Shape::TEXTS, "[]", "the members that every object must have"),
        Parameter::optional(
            "properties",
            Shape::Map { names: Form::Any, of: &JSON_TYPE, least: 0 },
            "{}",
            "members and their types: `string`, `number`, `boolean`, `object`, `array`, `null`",
        ),
        Parameter::optional(
            "additional_properties",
            Shape::Flag,
            "true",
            "whether members are accepted that are named in neither list",
        ),
        Parameter::optional("null_ok", Shape::Flag, "true", "whether NULL in the column is accepted"),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        if self.required.is_empty() && self.properties.is_empty() && self.additional_properties {
            complaints.add(self.column.span(), "json_schema asks for nothing: give required, properties or both");
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        must_be_json(&self.column, scope, complaints);
    }

    fn about(&self) -> Vec<&str> {
        vec![self.column.get_ref()]
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        Violation::values(scope, &self.column, &["'[]'".to_owned()])
    }

    fn probe(&self, _scope: &Scope<'_>) -> Probed {
        let value = format!("{}::jsonb", row::cell(&self.column));
        let mut wrong = vec![format!("pg_catalog.jsonb_typeof({value}) <> 'object'")];
        for name in plain(&self.required) {
            wrong.push(format!("NOT ({value} ? {})", quote_literal(name)));
        }
        for (name, of) in &self.properties {
            // A member that is not there has no type and is the business of `required`.
            let member = format!("{value} -> {}", quote_literal(name));
            wrong.push(format!("pg_catalog.jsonb_typeof({member}) <> '{}'", of.get_ref().word()));
        }
        if !self.additional_properties {
            let known: Vec<String> =
                self.properties.keys().map(String::as_str).chain(plain(&self.required)).map(quote_literal).collect();
            let none = if known.is_empty() { "NULL".to_owned() } else { known.join(", ") };
            wrong.push(format!("{value} - ARRAY[{none}]::text[] <> '{{}}'"));
        }
        // CASE, since the operators of an object refuse a scalar or an array.
        let [shape, members @ ..] = &wrong[..] else { return Ok(row::probe("true".into(), &[], true, "")) };
        let members = if members.is_empty() { "false".to_owned() } else { members.join(" OR ") };
        let condition = format!("CASE WHEN {shape} THEN true ELSE {members} END");
        Ok(row::probe(condition, &[&self.column], self.null_ok, "rows with JSON of another shape"))
    }
}
