//! What the kinds have in common that look at the catalog: which objects they are about.
//!
//! Their lists `judged` have the columns `k0` (the object), `problem` (what is wrong, NULL where nothing is), `n`, `differs`.

use toml::Spanned;

use crate::db::{Sql, Table, quote_ident, quote_literal};

use super::judged::{self, Shown};
use super::kind::{Complaints, Name, Scope, plain};
use super::reads::Reads;
use super::row::Probed;
use super::violation::{Planned, Violation};

/// The user's objects, those of some schemas, or those of the rule's table: a condition on `pg_namespace` n and `pg_class` c.
pub(super) fn condition(scope: &Scope<'_>, schemas: &[Name]) -> String {
    if let Some(table) = scope.table {
        return format!("n.nspname = {} AND c.relname = {}", quote_literal(&table.schema), quote_literal(&table.name));
    }
    let own = "n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'";
    // The server refuses the name of a schema that is not there: to look at none of it would be to pass it.
    let named = |name: &str| format!("{}::regnamespace", quote_literal(&quote_ident(name)));
    let names: Vec<String> = plain(schemas).into_iter().map(named).collect();
    match names.is_empty() {
        true => own.to_owned(),
        false => format!("{own} AND n.oid IN ({})", names.join(", ")),
    }
}

/// The foreign keys of these tables, each of which is held against the rows.
pub(super) fn reads_foreign_keys(scope: &Scope<'_>, schemas: &[Name], reads: &mut Reads) {
    let schemas = plain(schemas);
    let is_asked = |table: &&Table| match scope.table {
        Some(only) => only.oid == table.oid,
        None => schemas.is_empty() || schemas.contains(&table.schema.as_str()),
    };
    reads.foreign_keys_of.extend(scope.catalog.tables.iter().filter(is_asked).map(Table::full_name));
}

/// What is done to the tables in scope, each of which is `item.name` (and `item.oid`), by plpgsql.
pub(super) fn violation(scope: &Scope<'_>, schemas: &[Name], statements: &str) -> Planned {
    let block = Sql::new(include_str!("each_table.sql"))
        .fragment("scope", condition(scope, schemas))
        .fragment("statements", statements);
    Violation::of_catalog(block.render().map_err(|error| error.to_string())?)
}

/// Makes the indexes of a table in scope invalid: to the planner they are not there then.
pub(super) const INDEXES_INVALID: &str = "UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indrelid = item.oid;";

/// A filter on rows says nothing about the catalog.
pub(super) fn no_filter(scope: &Scope<'_>, kind: &str, complaints: &mut Complaints) {
    if let Some(filter) = &scope.rule.filter {
        complaints.add(filter.span(), format!("where has no effect on {kind}, which looks at the catalog"));
    }
}

/// A list of schemas beside a table would be one of the two too many.
pub(super) fn one_scope(scope: &Scope<'_>, schemas: &[Spanned<String>], kind: &str, complaints: &mut Complaints) {
    no_filter(scope, kind, complaints);
    if let (Some(first), true) = (schemas.first(), scope.rule.table.is_some()) {
        complaints.add(first.span(), "give a table or schemas, not both");
    }
}

/// The probe of a kind whose list names objects and problems.
pub(super) fn probe(scope: &Scope<'_>, object: &str, noun: &str, with: &Sql) -> Probed {
    judged::probe(scope, noun, with, &Shown::default().key(object, "k0").value("problem", "problem"), false)
}

/// A kind that has no parameter but the schemas, and looks at the catalog by one statement.
macro_rules! catalog_kind {
    (
        $(#[$doc:meta])* $kind:ident, $name:literal, $summary:literal, $sql:expr, $object:literal, $noun:literal
        $(, reads $reads:path)? $(, violated by $violated:expr)? $(, violated in $violation:path)?
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $kind {
            #[serde(default)]
            schemas: Vec<super::kind::Name>,
        }

        impl super::kind::Kind for $kind {
            const NAME: &'static str = $name;
            const SUMMARY: &'static str = $summary;
            const PARAMETERS: &'static [super::kind::Parameter] = &[super::kind::Parameter::optional(
                "schemas", super::kind::Shape::SCHEMAS,
                "all",
                "the schemas that are looked at, where the rule names no table",
            )];
            const NEEDS_TABLE: bool = false;

            fn hold_against(&self, scope: &super::kind::Scope<'_>, complaints: &mut super::kind::Complaints) {
                super::catalog_scope::one_scope(scope, &self.schemas, Self::NAME, complaints);
            }

            $(fn reads(&self, scope: &super::kind::Scope<'_>, reads: &mut super::reads::Reads) {
                $reads(scope, &self.schemas, reads);
            })?

            $(fn violation(&self, scope: &super::kind::Scope<'_>) -> super::violation::Planned {
                super::catalog_scope::violation(scope, &self.schemas, $violated)
            })?

            $(fn violation(&self, scope: &super::kind::Scope<'_>) -> super::violation::Planned {
                $violation(scope, &self.schemas)
            })?

            fn probe(&self, scope: &super::kind::Scope<'_>) -> super::row::Probed {
                let with = crate::db::Sql::new($sql)
                    .fragment("scope", super::catalog_scope::condition(scope, &self.schemas));
                super::catalog_scope::probe(scope, $object, $noun, &with)
            }
        }
    };
}
pub(super) use catalog_kind;
