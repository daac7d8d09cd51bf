//! Rows that share what should be theirs alone.

use serde::Deserialize;
use toml::Spanned;

use crate::db::{Sql, SqlError, quote_ident};

use super::judged;
use super::kind::{Complaints, Kind, Name, Parameter, Scope, plain};
use super::probe::{Measure, Probe};
use super::resolve::key_of;
use super::violation::{Planned, Violation};

/// Columns whose values together must differ between any two rows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unique {
    columns: Spanned<Vec<Name>>,
    #[serde(default = "super::kind::yes")]
    nulls_distinct: bool,
}

impl Kind for Unique {
    const NAME: &'static str = "unique";
    const SUMMARY: &'static str = "rows that share their values with another row";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("columns", "the columns whose values together must be unique"),
        Parameter::optional("nulls_distinct", "true", "whether a row with a NULL among them equals no other row"),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        complaints.not_empty(&self.columns, "columns");
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.columns(self.columns.get_ref(), complaints);
    }

    fn about(&self) -> Vec<&str> {
        plain(self.columns.get_ref())
    }

    /// A row is there twice.
    fn violation(&self, scope: &Scope<'_>) -> Planned {
        let condition = match self.nulls_distinct {
            true => judged::list(&plain(self.columns.get_ref()), " AND ", |_, name| {
                format!("t.{name} IS DISTINCT FROM NULL")
            }),
            false => "true".to_owned(),
        };
        Violation::of([scope.copy(&[], &condition)])
    }

    fn probe(&self, scope: &Scope<'_>) -> Result<Probe, SqlError> {
        let columns: Vec<String> = plain(self.columns.get_ref()).into_iter().map(quote_ident).collect();
        let count = self.common(Sql::new(include_str!("unique.sql")), scope, &columns).render()?;
        let violations = self.common(Sql::new(include_str!("unique_violations.sql")), scope, &columns).render()?;
        let sample = self.sample(scope, &columns)?;
        // A hash aggregate over nearly unique values spills to disk and costs half as much again as a sort.
        let measure = Measure::Own { count, violations: Some(violations), sample, sorted: true, bare_path: false };
        Ok(Probe { noun: "rows that share their values".into(), measure })
    }
}

impl Unique {
    /// The same question where NULL equals NULL.
    pub(super) fn with_nulls_alike(columns: Vec<Name>) -> Unique {
        Unique { columns: Spanned::new(0..0, columns), nulls_distinct: false }
    }

    fn common(&self, sql: Sql, scope: &Scope<'_>, columns: &[String]) -> Sql {
        let of_t: Vec<String> = columns.iter().map(|column| format!("t.{column}")).collect();
        let compared = match self.nulls_distinct {
            // Not `IS NOT NULL`, which is false of a composite that holds one: such a value is equal to another.
            true => format!("{} IS DISTINCT FROM NULL", of_t.join(" IS DISTINCT FROM NULL AND ")),
            false => "true".to_owned(),
        };
        sql.fragment("compared", compared)
            .fragment("table", scope.from())
            .fragment("filter", scope.filter())
            .fragment("columns", of_t.join(", "))
    }

    fn sample(&self, scope: &Scope<'_>, columns: &[String]) -> Result<String, SqlError> {
        let list = |form: &dyn Fn(usize, &str) -> String, names: &[String], joint: &str| {
            names.iter().enumerate().map(|(n, name)| form(n, name)).collect::<Vec<_>>().join(joint)
        };
        let key: Vec<String> = key_of(scope).iter().map(|name| quote_ident(name)).collect();
        let shown = |n: usize, prefix: &str, from: &str, name: &str| {
            let bare = name.trim_matches('"').replace("\"\"", "\"");
            let value = if scope.rule.is_redacted(&bare) { "'***'".to_owned() } else { format!("m.{from}{n}::text") };
            format!("{value} AS {}", quote_ident(&format!("{prefix}{bare}")))
        };
        let same = if self.nulls_distinct { "=" } else { "IS NOT DISTINCT FROM" };
        self.common(Sql::new(include_str!("unique_sample.sql")), scope, columns)
            .fragment("named_columns", list(&|n, name| format!("t.{name} AS shared_{n}"), columns, ", "))
            .fragment("key_columns", list(&|n, name| format!("t.{name} AS key_{n}"), &key, ", "))
            .fragment("shared_columns", list(&|n, _| format!("s.shared_{n}"), columns, ", "))
            .fragment("shared_order", list(&|n, _| format!("m.shared_{n}"), columns, ", "))
            .fragment("key_order", list(&|_, name| format!("t.{name}"), &key, ", "))
            .fragment("same", list(&|n, name| format!("t.{name} {same} s.shared_{n}"), columns, " AND "))
            .fragment("keys", list(&|n, name| shown(n, "k:", "key_", name), &key, ", "))
            .fragment("values", list(&|n, name| shown(n, "v:", "shared_", name), columns, ", "))
            .fragment("said", "m.shared_n AS \"v:rows\"")
            .fragment("limit", scope.rule.sample.to_string())
            .render()
    }
}
