//! What the kinds have in common that look at the catalog: which objects they are about.
//!
//! Their lists `judged` have the columns `k0` (the object), `problem` (what is wrong, NULL where nothing is), `n`, `differs`.

use toml::Spanned;

use crate::db::{Sql, quote_literal};

use super::judged::{self, Shown};
use super::kind::{Complaints, Name, Scope, plain};
use super::row::Probed;

/// The user's objects, those of some schemas, or those of the rule's table: a condition on `pg_namespace` n and `pg_class` c.
pub(super) fn condition(scope: &Scope<'_>, schemas: &[Name]) -> String {
    if let Some(table) = scope.table {
        return format!("n.nspname = {} AND c.relname = {}", quote_literal(&table.schema), quote_literal(&table.name));
    }
    let own = "n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'";
    let names: Vec<String> = plain(schemas).into_iter().map(quote_literal).collect();
    match names.is_empty() {
        true => own.to_owned(),
        false => format!("{own} AND n.nspname IN ({})", names.join(", ")),
    }
}

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
