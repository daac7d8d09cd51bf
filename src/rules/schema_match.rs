//! A schema that is not as it should be, object by object.

use std::sync::Arc;

use serde::Deserialize;

use crate::db::{Sql, Table, quote_ident, quote_literal};
use crate::phase::ObjectKind;

use super::catalog_scope;
use super::judged::{self, Shown};
use super::kind::{Complaints, Form, Kind, Name, Parameter, Scope, Shape, plain};
use super::probe::{Measure, Probe};
use super::row::Probed;
use super::schema_baseline::{SchemaBaseline, now, short};
use super::violation::Planned;

/// Every object must be there and defined as in a file, or as in another schema, and no other may be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SchemaMatch {
    baseline: Option<Name>,
    other: Option<Name>,
    #[serde(default)]
    ignore: Vec<Name>,
    #[serde(default)]
    schemas: Vec<Name>,
    /// What the file holds.
    #[serde(skip)]
    read: Option<Arc<SchemaBaseline>>,
}

impl Kind for SchemaMatch {
    const NAME: &'static str = "schema_match";
    const SUMMARY: &'static str =
        "objects of the schema that are missing, not expected, or defined otherwise than expected";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional(
            "baseline",
            Shape::PATH,
            "none",
            "a file that `phasegate snapshot schema` wrote; its path begins in the folder of rules",
        ),
        Parameter::optional(
            "other",
            Shape::Text(Form::Named("schema", "schemas")),
            "none",
            "another schema of the database; one of the two must be given",
        ),
        Parameter::optional(
            "ignore",
            Shape::TEXTS,
            "[]",
            "what does not count: kinds (`comment`, `grant`), objects with all that belongs to them (`public.t`), single ones (`column public.t.note`)",
        ),
        Parameter::optional(
            "schemas",
            Shape::SCHEMAS,
            "all",
            "the schemas that are looked at, where the rule names no table; with `other` exactly one",
        ),
    ];
    const NEEDS_TABLE: bool = false;
    const TAKES_PERCENT: bool = false;

    fn look_over(&self, complaints: &mut Complaints) {
        if let (Some(_), Some(other)) = (&self.baseline, &self.other) {
            complaints.add(other.span(), "give baseline or other, not both");
        }
        for entry in &self.ignore {
            if let Err(problem) = Ignored::parse(entry.get_ref()) {
                complaints.add(entry.span(), problem);
            }
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        catalog_scope::one_scope(scope, &self.schemas, Self::NAME, complaints);
        let Some(other) = &self.other else {
            if self.baseline.is_none() {
                complaints.add(scope.rule.span.clone(), "schema_match needs a baseline (a file) or other (a schema)");
            }
            return;
        };
        match self.own_schema(scope) {
            None => complaints.add(
                other.span(),
                "other is compared with one schema: give schemas = [\"…\"] with one name, or a table",
            ),
            Some(own) if own == other.get_ref() => {
                complaints.add(other.span(), "it is the schema itself; a schema is always like itself")
            }
            Some(_) => {}
        }
    }

    fn file(&self) -> Option<&Name> {
        self.baseline.as_ref()
    }

    fn take_file(&mut self, text: &str) -> Result<(), String> {
        self.read = Some(Arc::new(SchemaBaseline::parse(text)?));
        Ok(())
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        const CHANGED: &str = "EXECUTE pg_catalog.format('ALTER TABLE %s ADD COLUMN phasegate_trial int CONSTRAINT phasegate_trial CHECK (true)', item.name);";
        catalog_scope::violation(scope, &self.schemas, CHANGED)
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let (found, wanted) = match self.other.as_ref().zip(self.own_schema(scope)) {
            Some((other, own)) => (mapped(scope.table, own, own), mapped(scope.table, other.get_ref(), own)),
            None => self.beside_file(scope),
        };
        let left_out = self.read.iter().flat_map(|file| &file.left_out).map(|name| belongs_to(name));
        let ignored =
            self.ignore.iter().filter_map(|entry| Ignored::parse(entry.get_ref()).ok()).map(|entry| entry.condition());
        let ignored: Vec<String> = left_out.chain(ignored).collect();
        let with = Sql::new(include_str!("schema_match.sql"))
            .fragment("now", now()?)
            .fragment("found", found)
            .fragment("wanted", wanted)
            .fragment("ignored", any(&ignored, "false"));
        let shown = Shown::default().key("object", "k0").value("expected", "expected").value("found", "found");
        let Probe { noun, measure } = judged::probe(scope, "differences of the schema", &with, &shown, false)?;
        let measure = match measure {
            Measure::Own { count, violations, at_once, sample, sorted, .. } => {
                Measure::Own { count, violations, at_once, sample, sorted, bare_path: true }
            }
            other => other,
        };
        Ok(Probe { noun, measure })
    }
}

impl SchemaMatch {
    /// The one schema that is held against another.
    fn own_schema<'a>(&'a self, scope: &Scope<'a>) -> Option<&'a str> {
        match (scope.table, self.schemas.as_slice()) {
            (Some(table), _) => Some(&table.schema),
            (None, [only]) => Some(only.get_ref()),
            _ => None,
        }
    }

    /// The queries of what is there and of what the file has.
    fn beside_file(&self, scope: &Scope<'_>) -> (String, String) {
        let asked = match scope.table {
            Some(table) => belongs_to(&table.full_name()),
            None => any(&plain(&self.schemas).into_iter().map(in_schema).collect::<Vec<_>>(), "true"),
        };
        let short = short();
        let found = format!(
            "SELECT o.kind, o.name, o.of, {short} AS definition, {short} AS compared FROM objects AS o WHERE {asked}"
        );
        let objects = self.read.as_ref().map(|file| serde_json::to_string(&file.objects));
        let objects = objects.and_then(Result::ok).unwrap_or_else(|| "[]".to_owned());
        let wanted = format!(
            "SELECT o.kind, o.name, o.of, o.definition, o.definition AS compared \
             FROM pg_catalog.jsonb_to_recordset({}::jsonb) AS o(kind text, name text, of text, definition text) WHERE {asked}",
            quote_literal(&objects)
        );
        (found, wanted)
    }
}

/// The query of the objects of one schema, under the names that they have in `own`. What is compared names neither schema: a
/// view that reads the other one's table is not like one that reads its own.
fn mapped(table: Option<&Table>, schema: &str, own: &str) -> String {
    let asked = match table {
        Some(table) => belongs_to(&format!("{schema}.{}", table.name)),
        None => in_schema(schema),
    };
    let cut = |column: &str| format!("pg_catalog.substr({column}, {})", schema.chars().count() + 1);
    // The schema's name where it stands before a dot and is no part of another name.
    let name = quote_ident_if_needed(schema);
    let letters = name.chars().map(|c| if c.is_alphanumeric() || c == '_' { c.to_string() } else { format!("\\{c}") });
    let pattern = quote_literal(&format!("(^|[^[:alnum:]_.\"$]){}\\.", letters.collect::<String>()));
    let without = |text: &str, instead: String| format!("pg_catalog.regexp_replace({text}, {pattern}, {instead}, 'g')");
    let (own_name, own_dot) = (quote_literal(own), quote_literal(&format!("\\1{}.", own.replace('\\', "\\\\"))));
    format!(
        "SELECT o.kind, {own_name} || {} AS name, {own_name} || {} AS of, {} AS definition, {} AS compared FROM objects AS o WHERE {asked}",
        without(&cut("o.name"), own_dot),
        cut("o.of"),
        short(),
        without("o.definition", "'\\1' || pg_catalog.chr(1) || '.'".to_owned()),
    )
}

/// A name as the server quotes it in definitions.
fn quote_ident_if_needed(name: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if is_plain { name.to_owned() } else { quote_ident(name) }
}

/// Something that does not count.
#[derive(Debug, PartialEq, Eq)]
enum Ignored<'a> {
    Kind(&'a str),
    One(&'a str, &'a str),
    Whole(&'a str),
}

impl<'a> Ignored<'a> {
    fn parse(text: &'a str) -> Result<Ignored<'a>, String> {
        let is_kind = |word: &str| ObjectKind::parse(word).is_some();
        match text.split_once(' ') {
            _ if is_kind(text) => Ok(Ignored::Kind(text)),
            Some((kind, name)) if is_kind(kind) && !name.trim().is_empty() => Ok(Ignored::One(kind, name.trim())),
            _ if text.contains('.') => Ok(Ignored::Whole(text)),
            _ => {
                let kinds: Vec<&str> = ObjectKind::words().collect();
                Err(format!(
                    "ignore {text:?}: write a kind ({}), an object as schema.name, or both: extension pgcrypto",
                    kinds.join(", ")
                ))
            }
        }
    }

    fn condition(&self) -> String {
        match self {
            Ignored::Kind(kind) => format!("o.kind = {}", quote_literal(kind)),
            Ignored::One(kind, name) => {
                format!("o.kind = {} AND o.name = {}", quote_literal(kind), quote_literal(name))
            }
            Ignored::Whole(name) => belongs_to(name),
        }
    }
}

/// Whether an object `o` is that of this name or a part of it.
fn belongs_to(name: &str) -> String {
    let (name, parts) = (quote_literal(name), quote_literal(&format!("{name}.")));
    format!(
        "(o.name = {name} OR coalesce(o.of = {name}, false) OR pg_catalog.starts_with(o.name, {parts}) OR coalesce(pg_catalog.starts_with(o.of, {parts}), false))"
    )
}

/// Whether an object `o` is a schema, or lies in it.
fn in_schema(name: &str) -> String {
    let (name, parts) = (quote_literal(name), quote_literal(&format!("{name}.")));
    format!("(o.kind <> 'extension' AND (o.name = {name} OR pg_catalog.starts_with(o.name, {parts})))")
}

fn any(conditions: &[String], where_none: &str) -> String {
    if conditions.is_empty() { where_none.to_owned() } else { conditions.join(" OR ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ignored_is_a_kind_an_object_or_one_object_of_a_kind() {
        assert_eq!(Ignored::parse("comment"), Ok(Ignored::Kind("comment")));
        assert_eq!(Ignored::parse("grant public.t"), Ok(Ignored::One("grant", "public.t")));
        assert_eq!(Ignored::parse("extension pgcrypto"), Ok(Ignored::One("extension", "pgcrypto")));
        assert_eq!(Ignored::parse("public.f(integer, text)"), Ok(Ignored::Whole("public.f(integer, text)")));
        assert!(Ignored::parse("coment").unwrap_err().contains("a kind (table, column"));
    }

    #[test]
    fn one_baseline_and_no_misspelt_kind() {
        let said = |check: &str| {
            let toml = format!("[rules.r]\ncheck.schema_match = {{ {check} }}\n");
            let file = "{\"format_version\":1,\"server_major\":15,\"left_out\":[],\"objects\":[{\"kind\":\"schema\",\"name\":\"a\",\"definition\":\"schema\"}]}";
            crate::rules::load_embedded(&[("r.toml", &toml), ("s.json", file)]).unwrap_err().to_string()
        };
        assert!(said("baseline = \"s.json\", other = \"x\"").contains("not both"));
        assert!(
            said("baseline = \"s.json\", ignore = [\"coment\"]").contains("r.toml:2:55: ignore \"coment\""),
            "{}",
            said("baseline = \"s.json\", ignore = [\"coment\"]")
        );
        assert!(
            said("baseline = \"t.json\"").contains("r.toml:2:35: rule r: there is no such file as t.json"),
            "{}",
            said("baseline = \"t.json\"")
        );
    }
}
