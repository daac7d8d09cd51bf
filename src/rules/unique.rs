//! Rows that share what should be theirs alone.

use serde::Deserialize;
use toml::Spanned;

use crate::db::{Sql, SqlError, quote_ident, quote_literal};
use crate::evidence::REDACTED;

use super::fragment::normal;
use super::grouped::Grouped;
use super::judged;
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape, plain};
use super::probe::{AtOnce, Measure, Probe};
use super::reads::{Asks, Reads};
use super::resolve::key_of;
use super::share::Share;
use super::violation::{Planned, Violation};

/// Columns whose values together must differ between any two rows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unique {
    columns: Spanned<Vec<Name>>,
    #[serde(default)]
    expressions: Vec<Name>,
    #[serde(default = "super::kind::yes")]
    nulls_distinct: bool,
}

impl Kind for Unique {
    const NAME: &'static str = "unique";
    const SUMMARY: &'static str = "rows that share their values with another row";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required(
            "columns",
            Shape::SOME_COLUMNS,
            "the columns whose values together must be unique; `[]` where expressions are alone",
        ),
        Parameter::optional(
            "expressions",
            Shape::List { of: &Shape::SQL, least: 0 },
            "[]",
            "SQL over `t` whose values count among them: `[\"lower(email)\"]`",
        ),
        Parameter::optional(
            "nulls_distinct",
            Shape::Flag,
            "true",
            "whether a row with a NULL among them equals no other row",
        ),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        if self.expressions.is_empty() && self.columns.get_ref().is_empty() {
            complaints.add(self.columns.span(), "columns names no column, and there are no expressions");
        }
        for expression in &self.expressions {
            complaints.fragment(expression, "expressions");
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.columns(self.columns.get_ref(), complaints);
    }

    fn about(&self) -> Vec<&str> {
        plain(self.columns.get_ref()).into_iter().chain(plain(&self.expressions)).collect()
    }

    fn reads(&self, scope: &Scope<'_>, reads: &mut Reads) {
        let Some(table) = scope.table else { return };
        reads.columns(table, plain(self.columns.get_ref()));
        for expression in &self.expressions {
            reads.expression(table, expression.get_ref());
        }
    }

    fn asks(&self) -> Asks {
        let alike = self.expressions.iter().map(|sql| normal(sql.get_ref())).collect();
        Asks { alike, more: (!self.nulls_distinct).then_some("NULL equals NULL").into_iter().collect() }
    }

    /// A row is there twice.
    fn violation(&self, scope: &Scope<'_>) -> Planned {
        Violation::of([scope.copy(&[], &format!("({})", self.compared()))])
    }

    fn share(&self, scope: &Scope<'_>) -> Option<Share> {
        let compared = self.compared();
        let several = |only: &str| format!("pg_catalog.count(*){only} > 1 AND ({compared})");
        let grouped = Grouped::new(scope, scope.filter(), &plain(self.columns.get_ref()), several);
        self.expressions.is_empty().then(|| grouped.rows())
    }

    fn probe(&self, scope: &Scope<'_>) -> Result<Probe, SqlError> {
        let count = self.common(Sql::new(include_str!("unique.sql")), scope).render()?;
        let violations = self.common(Sql::new(include_str!("unique_violations.sql")), scope).render()?;
        let sample = self.sample(include_str!("unique_sample.sql"), "", scope)?;
        let at_once = self.at_once(scope)?;
        // A hash aggregate over nearly unique values spills to disk and costs half as much again as a sort.
        let (violations, at_once) = (Some(violations), Some(at_once));
        let measure = Measure::Own { count, violations, at_once, sample, sorted: true, bare_path: false };
        Ok(Probe { noun: "rows that share their values".into(), measure })
    }
}

impl Unique {
    /// The same question where NULL equals NULL.
    pub(super) fn with_nulls_alike(columns: Vec<Name>) -> Unique {
        Unique { columns: Spanned::new(0..0, columns), expressions: Vec::new(), nulls_distinct: false }
    }

    /// What must be unique, in SQL.
    fn terms(&self) -> Vec<String> {
        let columns = plain(self.columns.get_ref()).into_iter().map(|name| format!("t.{}", quote_ident(name)));
        // The line break ends a comment that an expression may end with.
        let expressions = plain(&self.expressions).into_iter().map(|sql| format!("({sql}\n)"));
        columns.chain(expressions).collect()
    }

    /// Whether a row `t` is compared with others.
    fn compared(&self) -> String {
        match self.nulls_distinct {
            // Not `IS NOT NULL`, which is false of a composite that holds one: such a value is equal to another.
            true => format!("{} IS DISTINCT FROM NULL", self.terms().join(" IS DISTINCT FROM NULL AND ")),
            false => "true".to_owned(),
        }
    }

    fn common(&self, sql: Sql, scope: &Scope<'_>) -> Sql {
        sql.fragment("compared", self.compared())
            .fragment("table", scope.from())
            .fragment("filter", scope.filter())
            .fragment("columns", self.terms().join(", "))
    }

    /// In place of a statement that counts and another one that sorts the same again to name.
    fn at_once(&self, scope: &Scope<'_>) -> Result<AtOnce, SqlError> {
        let examined = self.common(Sql::new(include_str!("unique_examined.sql")), scope).render()?;
        let sql = |examined: &str| self.sample(include_str!("unique_named.sql"), examined, scope);
        Ok(AtOnce { whole: sql(examined.trim_end())?, violations: sql("NULL")? })
    }

    fn sample(&self, sql: &'static str, examined: &str, scope: &Scope<'_>) -> Result<String, SqlError> {
        let key: Vec<String> = key_of(scope);
        let terms = self.terms();
        let shown = |prefix: &str, value: String, name: &str, is_hidden: bool| {
            let value = if is_hidden { quote_literal(REDACTED) } else { format!("{value}::text") };
            format!("{value} AS {}", quote_ident(&format!("{prefix}{name}")))
        };
        let is_hidden = |name: &str| scope.rule.is_redacted(name);
        let keys = key.iter().enumerate().map(|(n, name)| shown("k:", format!("m.key_{n}"), name, is_hidden(name)));
        let columns = plain(self.columns.get_ref()).into_iter().map(|name| (name, is_hidden(name)));
        // What an expression gives away of a column nobody knows.
        let expressions = plain(&self.expressions).into_iter().map(|sql| (sql, scope.rule.redacts()));
        let values = columns.chain(expressions).enumerate();
        let values = values.map(|(n, (name, hide))| shown("v:", format!("m.shared_{n}"), name, hide));
        let same = if self.nulls_distinct { "=" } else { "IS NOT DISTINCT FROM" };
        let list = |items: Vec<String>| items.join(", ");
        let terms = || terms.iter().enumerate();
        self.common(Sql::new(sql), scope)
            .fragment("examined", examined)
            .fragment("named_columns", list(terms().map(|(n, term)| format!("{term} AS shared_{n}")).collect()))
            .fragment(
                "key_columns",
                judged::list(&key.iter().map(String::as_str).collect::<Vec<_>>(), ", ", |n, name| {
                    format!("t.{name} AS key_{n}")
                }),
            )
            .fragment("shared_columns", list(terms().map(|(n, _)| format!("s.shared_{n}")).collect()))
            .fragment("shared_order", list(terms().map(|(n, _)| format!("m.shared_{n}")).collect()))
            .fragment("key_order", judged::cells(&key.iter().map(String::as_str).collect::<Vec<_>>()))
            .fragment(
                "same",
                terms().map(|(n, term)| format!("{term} {same} s.shared_{n}")).collect::<Vec<_>>().join(" AND "),
            )
            .fragment("keys", list(keys.collect()))
            .fragment("values", list(values.collect()))
            .fragment("said", "m.shared_n AS \"v:rows\"")
            .fragment("limit", scope.rule.sample.to_string())
            .render()
    }
}
