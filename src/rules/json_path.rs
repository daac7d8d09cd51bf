//! Rows whose JSON lacks what a path asks for.

use serde::Deserialize;
use toml::Spanned;

use crate::db::quote_literal;

use super::json_at;
use super::kind::{Complaints, Form, Kind, Name, Parameter, Scope, Shape};
use super::row::{self, Probed};
use super::violation::{Planned, Violation};

/// A JSON column in which a path must find something.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JsonPath {
    column: Name,
    path: Name,
    #[serde(default = "super::kind::yes")]
    exists: bool,
    #[serde(rename = "type")]
    of: Option<Spanned<JsonType>>,
    #[serde(default = "super::kind::yes")]
    null_ok: bool,
}

/// What `jsonb_typeof` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum JsonType {
    String,
    Number,
    Boolean,
    Object,
    Array,
    Null,
}

impl JsonType {
    pub(super) fn word(self) -> &'static str {
        match self {
            JsonType::String => "string",
            JsonType::Number => "number",
            JsonType::Boolean => "boolean",
            JsonType::Object => "object",
            JsonType::Array => "array",
            JsonType::Null => "null",
        }
    }
}

/// What a value in JSON is.
pub(super) const JSON_TYPE: Shape = Shape::Word(&["string", "number", "boolean", "object", "array", "null"]);

impl Kind for JsonPath {
    const NAME: &'static str = "json_path";
    const SUMMARY: &'static str = "rows whose JSON lacks, or has, what a path asks for";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("column", Shape::COLUMN, "the column, of type jsonb or json"),
        Parameter::required(
            "path",
            Shape::Text(Form::Named("SQL/JSON path", "SQL/JSON paths")),
            "SQL/JSON path: `$.address.city`",
        ),
        Parameter::optional(
            "exists",
            Shape::Flag,
            "true",
            "whether the path must find something; false: it must find nothing",
        ),
        Parameter::optional(
            "type",
            JSON_TYPE,
            "any",
            "what everything that it finds must be: `string`, `number`, `boolean`, `object`, `array`, `null`",
        ),
        Parameter::optional("null_ok", Shape::Flag, "true", "whether NULL in the column is accepted"),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        if is_comparison(self.path.get_ref()) {
            let message = "a comparison is true or false, and so always there; ask by a filter: `$.amount ? (@ > 0)`";
            complaints.add(self.path.span(), message);
        }
        if let Some(of) = self.of.as_ref().filter(|_| !self.exists) {
            complaints.add(of.span(), "what must not be there can have no type");
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        must_be_json(&self.column, scope, complaints);
    }

    fn about(&self) -> Vec<&str> {
        vec![self.column.get_ref()]
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        match self.exists {
            true => {
                Violation::guesses(["'{}'", "'null'"].iter().map(|json| scope.set(self.column.get_ref(), json, "true")))
            }
            false => {
                let found = json_at::found_by(self.path.get_ref());
                Violation::guesses(
                    found.iter().map(|json| scope.set(self.column.get_ref(), &quote_literal(json), "true")),
                )
            }
        }
    }

    fn probe(&self, _scope: &Scope<'_>) -> Probed {
        let value = format!("{}::jsonb", row::cell(&self.column));
        let path = format!("{}::jsonpath", quote_literal(self.path.get_ref()));
        let found = format!("pg_catalog.jsonb_path_exists({value}, {path})");
        let condition = match (self.exists, &self.of) {
            (false, _) => found,
            (true, None) => format!("NOT {found}"),
            (true, Some(of)) => format!(
                "NOT {found} OR EXISTS (SELECT FROM pg_catalog.jsonb_path_query({value}, {path}) AS found \
                 WHERE pg_catalog.jsonb_typeof(found) <> '{}')",
                of.get_ref().word()
            ),
        };
        let noun = match (self.exists, &self.of) {
            (false, _) => format!("rows with something at {}", self.path.get_ref()),
            (true, None) => format!("rows without anything at {}", self.path.get_ref()),
            (true, Some(of)) => format!("rows without a {} at {}", of.get_ref().word(), self.path.get_ref()),
        };
        Ok(row::probe(condition, &[&self.column], self.null_ok, noun))
    }
}

/// Whether the path as a whole says true or false. Such a path finds that, whatever the JSON holds.
fn is_comparison(path: &str) -> bool {
    let (mut depth, mut is_quoted, mut before, mut rest) = (0_u32, false, ' ', path.chars());
    while let Some(letter) = rest.next() {
        match letter {
            '\\' if is_quoted => drop(rest.next()),
            '"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '=' | '<' | '>' | '!' | '&' | '|' if depth == 0 => return true,
            // `exists (…)`, `starts with`, `like_regex`, `is unknown`; behind a dot they are names.
            'a'..='z' if depth == 0 && !(before.is_alphanumeric() || matches!(before, '.' | '_' | '$')) => {
                let word: String =
                    std::iter::once(letter).chain(rest.clone().take_while(char::is_ascii_lowercase)).collect();
                if matches!(word.as_str(), "exists" | "starts" | "like" | "is") {
                    return true;
                }
            }
            _ => {}
        }
        before = letter;
    }
    // In parentheses altogether: what stands in them says it.
    let inner = path.trim().strip_prefix('(').and_then(|path| path.strip_suffix(')'));
    inner.is_some_and(is_comparison)
}

/// Complains of a column that is no JSON.
pub(super) fn must_be_json(name: &Name, scope: &Scope<'_>, complaints: &mut Complaints) {
    let Some(column) = scope.column(name, complaints) else { return };
    if !matches!(column.base_type.as_str(), "json" | "jsonb") {
        complaints.add(name.span(), format!("column {} is {}, not json or jsonb", column.name, column.type_name));
    }
}

#[cfg(test)]
mod tests {
    use super::is_comparison;

    #[test]
    fn a_path_that_is_always_there_is_told_from_one_that_finds_something() {
        for path in [
            "$.a > 0",
            "$.a == \"x\"",
            "strict $.a.b != null",
            "($.a < 5)",
            "!($.a > 1)",
            "exists ($.a)",
            "$.a starts with \"x\"",
            "$.a like_regex \"^x\"",
            "($.a > 1) is unknown",
            "$.a > 1 && $.b > 1",
        ] {
            assert!(is_comparison(path), "{path}");
        }
        for path in [
            "$.a",
            "lax $.\"a > b\".c",
            "$.\"a\\\" > b\"",
            "$.items[*] ? (@.price > 0 && exists (@.id))",
            "$.exists.is.starts",
            "$[0 to last].size()",
            "$.is",
            "$.a[$.b > 0]",
            "($.a)",
        ] {
            assert!(!is_comparison(path), "{path}");
        }
    }
}
