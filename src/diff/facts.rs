//! What a comparison came to, as evidence: so that a gate can demand it, and a reader can see it later.

use crate::db::ConnSpec;
use crate::evidence::{DIFF_CHOSEN, DIFF_WITH, Evidence, Sample, Topic};
use crate::verdict::Verdict;

use super::{Comparison, Options, RowDiff, RowKind, TableDiff};

/// The check of every fact about a table.
const CHECK: &str = "diff";
/// So many rows that differ are named.
const NAMED: usize = 5;

impl Comparison {
    /// One fact a table, one for the schema, and what was left out by request. `None` for B: parts of A were compared with
    /// each other.
    pub fn facts(&self, a: &ConnSpec, b: Option<&ConnSpec>, options: &Options) -> Vec<Evidence> {
        let mut facts = self.sides(a, b);
        facts.extend(self.chosen(options));
        facts.extend(self.tables.iter().map(of_table));
        facts.extend(self.not_compared.iter().map(|gap| {
            let (verdict, measured) = match gap.cause {
                None => (Verdict::Fail, gap.reason.clone()),
                Some(_) => (Verdict::NotEvaluated, format!("not evaluated: {}", gap.reason)),
            };
            Evidence::new(Topic::Difference, CHECK, &gap.name, verdict).expected(SAME).measured(measured)
        }));
        if self.tables.is_empty() && self.not_compared.is_empty() {
            let fact = Evidence::new(Topic::Difference, CHECK, &self.a.database, Verdict::NotEvaluated);
            facts.push(fact.expected(SAME).measured("not evaluated: no table was compared"));
        }
        facts.push(self.of_schema(options));
        let coverage = Evidence::new(Topic::Coverage, "diff_coverage", &self.a.database, Verdict::Pass);
        facts.push(coverage.expected("every table of both sides").measured(self.coverage()));
        facts
    }

    fn sides(&self, a: &ConnSpec, b: Option<&ConnSpec>) -> Vec<Evidence> {
        let with = b.unwrap_or(a);
        let of = |check: &str, instant: &super::Instant| {
            let lsn = instant.lsn.as_ref().map_or(String::new(), |lsn| format!(", at {lsn}"));
            Evidence::new(Topic::Environment, check, &instant.database, Verdict::Pass)
                .measured(format!("PostgreSQL {}{lsn}", instant.server_version))
        };
        let place = Evidence::new(Topic::Environment, DIFF_WITH, &with.database, Verdict::Pass).measured(with.places());
        vec![place, of("diff_a", &self.a), of("diff_b", &self.b)]
    }

    /// What of it is no comparison of one database with another, whole and exactly.
    fn chosen(&self, options: &Options) -> Option<Evidence> {
        let mut words = Vec::new();
        let mut add = |given: bool, word: &str| words.extend(given.then(|| word.to_owned()));
        add(
            self.a.identity.is_some() && self.a.identity == self.b.identity,
            "both sides are one database, or its standby",
        );
        add(!options.schemas.is_empty(), "some schemas (--schema)");
        add(!options.tables.is_empty(), "some tables (--table)");
        add(!options.exclude.is_empty(), "not all tables (--exclude)");
        add(!options.ignore_columns.is_empty(), "not all columns (--ignore-columns)");
        add(options.filter.is_some(), "some rows (--where)");
        add(!options.tolerances.is_empty(), "numbers within a tolerance (--tolerance)");
        add(options.two_phase.is_some(), "rows that settled count as the same (--two-phase)");
        (!words.is_empty()).then(|| {
            Evidence::new(Topic::Coverage, DIFF_CHOSEN, &self.a.database, Verdict::Pass)
                .expected("one whole database and another")
                .measured(words.join("; "))
        })
    }

    fn of_schema(&self, options: &Options) -> Evidence {
        let different = &self.schema.different;
        let verdict = match (different.is_empty(), options.strict_schema) {
            (true, _) => Verdict::Pass,
            (false, false) => Verdict::Warn,
            (false, true) => Verdict::Fail,
        };
        let named =
            different.iter().take(NAMED).map(|note| Sample::new(format!("{} {}", note.kind.word(), note.name), ""));
        let mut fact = Evidence::new(Topic::Difference, "diff_schema", "schema", verdict)
            .expected("the same schema objects on both sides")
            .measured(format!("{} objects are the same, {} differ", self.schema.same, different.len()));
        fact.samples = named.collect();
        fact
    }
}

const SAME: &str = "the same rows on both sides";

fn of_table(table: &TableDiff) -> Evidence {
    let name = if table.a == table.b { table.a.clone() } else { format!("{} = {}", table.a, table.b) };
    let mut words = vec![format!(
        "{} and {} rows; {} only in A, {} only in B, {} changed",
        table.rows_a, table.rows_b, table.only_in_a, table.only_in_b, table.changed
    )];
    if table.tolerated > 0 {
        words.push(format!("{} equal only by a tolerance", table.tolerated));
    }
    if table.not_looked_at > 0 {
        words.push(format!("{} more are not alike", table.not_looked_at));
    }
    if let Some(aborted) = &table.aborted {
        words.push(format!(
            "{} of {} buckets differ, and no rows were looked for",
            aborted.unequal_buckets, aborted.buckets
        ));
    }
    if !table.columns.is_empty() {
        words.push(format!("{} columns are not simply the same", table.columns.len()));
    }
    let mut fact = Evidence::new(Topic::Difference, CHECK, name, table.verdict)
        .expected(SAME)
        .measured(words.join("; "))
        .rows_examined(table.rows_a.max(table.rows_b));
    fact.samples = table.rows.iter().filter_map(Result::ok).take(NAMED).map(|row| of_row(&row)).collect();
    fact.took_ms = table.took_ms;
    fact
}

/// A row by its key; redacted values are hidden in it already. Of what it holds only the columns are named.
fn of_row(row: &RowDiff) -> Sample {
    let key: Vec<String> = row
        .key
        .iter()
        .map(|(column, value)| format!("{column}={}", crate::evidence::shown(value.as_deref())))
        .collect();
    let what = match row.kind {
        RowKind::OnlyInA => "only in A".to_owned(),
        RowKind::OnlyInB => "only in B".to_owned(),
        RowKind::Changed => {
            let columns: Vec<&str> = row.values.iter().map(|value| value.column.as_str()).collect();
            format!("changed in {}", columns.join(", "))
        }
    };
    Sample::new(key.join(", "), what)
}
