//! Changes that the audit trail does not have.

use serde::Deserialize;
use toml::Spanned;

use crate::db::{Sql, quote_ident};

use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape, column_of, filter, plain};
use super::pointing::Pointing;
use super::reads::Reads;
use super::row::{Probed, cell};
use super::violation::{Planned, Violation};

/// Rows that must each have an entry in a table of what happened.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditTrailComplete {
    columns: Spanned<Vec<Name>>,
    audit: Name,
    audit_columns: Spanned<Vec<Name>>,
    audit_where: Option<Name>,
    changed_at: Option<Name>,
    audited_at: Option<Name>,
}

impl Kind for AuditTrailComplete {
    const NAME: &'static str = "audit_trail_complete";
    const SUMMARY: &'static str = "rows, or changes of rows, without an entry in the audit trail";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("columns", Shape::COLUMNS, "the columns that name a row"),
        Parameter::required("audit", Shape::TABLE, "the table of entries"),
        Parameter::required(
            "audit_columns",
            Shape::COLUMNS,
            "its columns that name the row, in the same order; text beside other types",
        ),
        Parameter::optional(
            "audit_where",
            Shape::SQL,
            "none",
            "a condition on the entries `p` that count: of which table, of what sort",
        ),
        Parameter::optional(
            "changed_at",
            Shape::COLUMN,
            "none",
            "the column that says when the row last changed; goes with audited_at",
        ),
        Parameter::optional("audited_at", Shape::COLUMN, "none", "the entry's time, which must not lie before that"),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        self.pointing().look_over(complaints);
        if let Some(condition) = &self.audit_where {
            complaints.fragment(condition, "audit_where");
        }
        match (&self.changed_at, &self.audited_at) {
            (Some(alone), None) | (None, Some(alone)) => {
                complaints.add(alone.span(), "changed_at and audited_at go together");
            }
            _ => {}
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        self.pointing().hold_against(scope, complaints);
        if let Some(changed_at) = &self.changed_at {
            scope.column(changed_at, complaints);
        }
        if let (Some(audited_at), Some(audit)) = (&self.audited_at, scope.catalog.find(self.audit.get_ref())) {
            column_of(audit, audited_at, complaints);
        }
    }

    fn about(&self) -> Vec<&str> {
        plain(self.columns.get_ref())
    }

    fn reads(&self, scope: &Scope<'_>, reads: &mut Reads) {
        self.pointing().reads(scope, reads);
        if let (Some(table), Some(audit)) = (scope.table, scope.catalog.find(self.audit.get_ref())) {
            reads.columns(table, self.changed_at.iter().map(|name| name.get_ref().as_str()));
            reads.columns(audit, self.audited_at.iter().map(|name| name.get_ref().as_str()));
        }
    }

    /// The trail is gone.
    fn violation(&self, scope: &Scope<'_>) -> Planned {
        Violation::of([scope.delete(scope.catalog.find(self.audit.get_ref()), "true")])
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let audit = self.pointing().other(scope)?;
        // Trails keep the keys of many tables in one column of text.
        let pairs = plain(self.columns.get_ref()).into_iter().zip(plain(self.audit_columns.get_ref()));
        let matches = pairs.map(|(column, entry)| {
            let types = [scope.table.and_then(|table| table.column(column)), audit.column(entry)];
            let [of_row, of_entry] = types.map(|column| column.map(|column| column.base_type.as_str()));
            let cast = if of_row == of_entry { "" } else { "::text" };
            format!("p.{}{cast} = t.{}{cast}", quote_ident(entry), quote_ident(column))
        });
        let in_time = match (&self.changed_at, &self.audited_at) {
            (Some(changed), Some(audited)) => {
                let changed = cell(changed);
                format!("{changed} IS NULL OR p.{} >= {changed}", quote_ident(audited.get_ref()))
            }
            _ => "true".to_owned(),
        };
        let violates = Sql::new(include_str!("audit_trail_complete.sql").trim_end())
            .fragment("audit", audit.quoted())
            .fragment("matches", matches.collect::<Vec<_>>().join(" AND "))
            .fragment("in_time", in_time)
            .fragment("audit_filter", filter(self.audit_where.as_ref()))
            .render()?;
        Ok(self.pointing().probe(format!("rows without an entry in {}", audit.full_name()), violates))
    }
}

impl AuditTrailComplete {
    fn pointing(&self) -> Pointing<'_> {
        Pointing { columns: &self.columns, to: &self.audit, to_columns: &self.audit_columns }
    }
}
