//! Whether the data keeps what the foreign keys promise.
//!
//! A validated constraint is a claim of the catalog, not a fact of the data: rows loaded with triggers disabled, or
//! under `session_replication_role = replica`, were never looked at.

use std::time::Instant;

use serde::Deserialize;

use super::gate::{ENABLED, Gate, Probe, SEVERITY};
use crate::db::{Catalog, DbError, Row, Sql, quote_ident};
use crate::declaration::{Parameter, Shape};
use crate::evidence::{Evidence, Sample};
use crate::verdict::{Moment, Severity, Verdict};

/// Orphans under any foreign key, validated or not.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ForeignKeysHold {
    /// Whether it is measured.
    pub enabled: bool,
    /// What a violation means.
    pub severity: Severity,
    /// How many orphans are named for each foreign key.
    pub sample: u32,
}

impl Default for ForeignKeysHold {
    fn default() -> ForeignKeysHold {
        ForeignKeysHold { enabled: true, severity: Severity::Fail, sample: 5 }
    }
}

impl Gate for ForeignKeysHold {
    const NAME: &'static str = "foreign_keys_hold";
    const SUMMARY: &'static str = "no row is an orphan under any foreign key, whatever the catalog says of it";
    const MOMENTS: &'static [Moment] = &[Moment::After];
    const SETTINGS: &'static [Parameter] = &[
        ENABLED,
        SEVERITY,
        Parameter::optional("sample", Shape::COUNT_32, "5", "how many orphans are named for each foreign key"),
    ];

    fn is_enabled(&self) -> bool {
        self.enabled
    }

    async fn run(&self, probe: &mut Probe<'_>) -> Result<Vec<Evidence>, DbError> {
        let list = include_str!("foreign_keys_hold.sql");
        let (mut keys, mut holding, mut examined, mut evidence) = (0_u64, 0_u64, 0_u64, Vec::new());
        let start = Instant::now();
        let rows = probe.rows(list).await?;
        let catalog = probe.catalog().await?;
        for row in rows {
            keys += 1;
            let key = ForeignKey::read(&row, &catalog)?;
            match self.measure(probe, &key).await {
                Ok((rows, None)) => {
                    holding += 1;
                    examined = examined.saturating_add(rows);
                }
                Ok((_, Some(fact))) => evidence.push(*fact),
                Err(error) if error.server().is_some() => {
                    evidence.push(key.fact(probe, Verdict::NotEvaluated).measured(format!("not evaluated: {error}")))
                }
                Err(error) => return Err(error),
            }
        }
        // What holds is one fact together; each of the others is one of its own.
        if holding > 0 || evidence.is_empty() {
            let all = Evidence::new(probe.topic, Self::NAME, "foreign keys", Verdict::Pass)
                .expected("0 orphans under any foreign key")
                .measured(format!("0 orphans under {holding} of {keys} foreign keys"))
                .rows_examined(examined)
                .violations(0, Vec::new())
                .probe(list)
                .took_since(start);
            evidence.insert(0, all);
        }
        Ok(evidence)
    }
}

impl ForeignKeysHold {
    /// How many rows point at a parent, and the fact to report where one of them points at nothing.
    async fn measure(&self, probe: &mut Probe<'_>, key: &ForeignKey) -> Result<(u64, Option<Box<Evidence>>), DbError> {
        let start = Instant::now();
        if key.is_temporal {
            let fact = key.fact(probe, Verdict::NotEvaluated);
            let reason = "not evaluated: a foreign key over a PERIOD is not an equality of rows";
            return Ok((0, Some(Box::new(fact.measured(reason)))));
        }
        let sql = key.sql(Sql::new(include_str!("foreign_keys_hold_count.sql"))).render()?;
        let row = probe.one(&sql).await?;
        let (examined, orphans): (u64, u64) = (row.parse("examined")?, row.parse("violations")?);
        if orphans == 0 {
            return Ok((examined, None));
        }
        let named = key
            .sql(Sql::new(include_str!("foreign_keys_hold_sample.sql")))
            .fragment(
                "key",
                key.key_columns(|column| {
                    format!("t.{}::text AS {}", quote_ident(column), quote_ident(&format!("k:{column}")))
                }),
            )
            .fragment("shown", key.shown.clone())
            .fragment("key_order", key.key_columns(|column| format!("t.{}", quote_ident(column))))
            .fragment("limit", self.sample.to_string())
            .render()?;
        let samples = probe.rows(&named).await?.iter().map(sample).collect();
        let fact = key
            .fact(probe, self.severity.violated())
            .measured(format!("{orphans} of {examined} rows that point at {} are orphans", key.parent))
            .rows_examined(examined)
            .violations(orphans, samples)
            .probe(sql)
            .remedy(key.remedy())
            .took_since(start);
        Ok((examined, Some(Box::new(fact))))
    }
}

struct ForeignKey {
    subject: String,
    constraint: String,
    is_validated: bool,
    is_temporal: bool,
    child: String,
    parent: String,
    from_child: String,
    from_parent: String,
    asked: String,
    matches: String,
    shown: String,
    key: Vec<String>,
}

impl ForeignKey {
    fn read(row: &Row, catalog: &Catalog) -> Result<ForeignKey, DbError> {
        let text = |column: &str| row.text(column).map(str::to_owned);
        let (schema, table) = (text("schema")?, text("table_name")?);
        let found = catalog.tables.iter().find(|known| known.schema == schema && known.name == table);
        let key = found.and_then(|table| table.key.clone()).unwrap_or_else(|| vec!["ctid".into()]);
        let columns = text("columns")?;
        let about = if columns.contains(", ") { format!(" ({columns})") } else { format!(".{columns}") };
        Ok(ForeignKey {
            subject: format!("{schema}.{table}{about}"),
            constraint: text("constraint_name")?,
            is_validated: row.flag("is_validated")?,
            is_temporal: row.flag("is_temporal")?,
            from_child: format!("{}{}", text("child_only")?, text("child")?),
            from_parent: format!("{}{}", text("parent_only")?, text("parent")?),
            child: text("child")?,
            parent: text("parent")?,
            // MATCH FULL: a row with some NULLs matches no parent, so asking the rows with any value finds it.
            asked: text(if row.flag("is_full")? { "present_any" } else { "present" })?,
            matches: text("matches")?,
            shown: text("shown")?,
            key,
        })
    }

    fn sql(&self, sql: Sql) -> Sql {
        sql.fragment("child_table", self.from_child.clone())
            .fragment("parent_table", self.from_parent.clone())
            .fragment("asked", self.asked.clone())
            .fragment("matches", self.matches.clone())
    }

    fn key_columns(&self, form: impl Fn(&str) -> String) -> String {
        self.key.iter().map(|column| form(column)).collect::<Vec<_>>().join(", ")
    }

    fn fact(&self, probe: &Probe<'_>, verdict: Verdict) -> Evidence {
        let state = if self.is_validated { "marked validated" } else { "not validated" };
        Evidence::new(probe.topic, ForeignKeysHold::NAME, &self.subject, verdict)
            .expected(format!("0 orphans under foreign key {} ({state})", self.constraint))
    }

    fn remedy(&self) -> String {
        format!(
            "give the rows of {} a parent or remove them; then drop foreign key {} and add it again, so that it is checked",
            self.child, self.constraint
        )
    }
}

fn sample(row: &Row) -> Sample {
    let pairs = |prefix: &str| {
        let named = row.columns().iter().zip(row.values());
        let pairs = named.filter_map(|(name, value)| {
            name.strip_prefix(prefix).map(|name| format!("{name}={}", value.as_deref().unwrap_or("NULL")))
        });
        pairs.collect::<Vec<_>>().join(", ")
    };
    Sample::new(pairs("k:"), pairs("v:"))
}
