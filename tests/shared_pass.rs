//! Rules that are counted in the pass of the digests: the same facts as from a scan of their own, and no such scan.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::process::Command;

use phasegate::db::ConnSpec;
use phasegate::disposable::{Options, Server};
use phasegate::evidence::{Evidence, Topic};
use phasegate::verdict::Verdict;
use tempfile::TempDir;
use time::OffsetDateTime;

/// A server that writes down every statement, and a folder to work in.
struct Place {
    server: Server,
    folder: TempDir,
}

/// What `verify` said, and which statements it sent.
struct Said {
    facts: Vec<Evidence>,
    log: String,
    snapshot: String,
}

impl Place {
    async fn new(settings: &[(&str, &str)], sql: &str) -> Place {
        let mut settings: Vec<(String, String)> =
            settings.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        settings.push(("log_statement".into(), "all".into()));
        let server = Server::start(&Options { settings, ..common::options() }).unwrap();
        let spec = ConnSpec::from_url(&server.url("postgres")).unwrap();
        common::sql(&spec, sql).await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("integrity_rules")).unwrap();
        Place { server, folder }
    }

    fn rules(&self, toml: &str) {
        std::fs::write(self.folder.path().join("integrity_rules/rules.toml"), toml).unwrap();
    }

    fn verify(&self, measure: &str) -> Said {
        self.verify_as("postgres", measure)
    }

    fn verify_as(&self, role: &str, measure: &str) -> Said {
        let root = self.folder.path();
        std::fs::write(root.join("phasegate.toml"), format!("[measure]\n{measure}\n")).unwrap();
        let before = std::fs::read_to_string(self.server.log_file()).unwrap().len();
        let mut command = Command::new(common::phasegate());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
            command.env_remove(name);
        }
        let url = self.server.url("postgres").replace("postgres@", &format!("{role}@"));
        let output =
            command.current_dir(root).env("DATABASE_URL", url).args(["verify", "--format", "json"]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let report: serde_json::Value = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{error}\n{text}\n{}", String::from_utf8_lossy(&output.stderr)));
        let run = report["run"]["run_id"].as_str().unwrap();
        let snapshot = std::fs::read_to_string(root.join("snapshots").join(run).join("after/snapshot.json")).unwrap();
        let log = std::fs::read_to_string(self.server.log_file()).unwrap();
        let facts = serde_json::from_value(report["facts"].clone()).unwrap();
        Said { facts, log: log[before..].to_owned(), snapshot }
    }
}

impl Said {
    /// The facts of rules, but for when and how long they were measured.
    fn judged(&self) -> Vec<Evidence> {
        let timeless = |fact: &Evidence| Evidence { at: OffsetDateTime::UNIX_EPOCH, took_ms: 0.0, ..fact.clone() };
        self.facts.iter().filter(|fact| fact.topic == Topic::Rule).map(timeless).collect()
    }

    fn fact(&self, check: &str) -> &Evidence {
        self.facts.iter().find(|fact| fact.check == check).unwrap()
    }

    /// How often the common scan of a table's rules was made over all of it, how often over a part of it, and how many
    /// parts were digested.
    fn scans(&self, table: &str) -> (usize, usize, usize) {
        // A statement that failed stands in the log a second time, after its error.
        let sent = || self.log.split("LOG:  statement: ").filter_map(|text| text.split("STATEMENT:  ").next());
        // The look at a large table counts nothing.
        let sent = || sent().filter(|text| !text.contains("EXPLAIN"));
        let counted =
            |what: &str, from: String| sent().filter(|text| text.contains(what) && text.contains(&from)).count();
        (
            counted("-- Every row rule of one table", format!("FROM \"public\".\"{table}\" AS t\n")),
            counted("-- The same over a part", format!("FROM ONLY \"public\".\"{table}\" AS t\n")),
            counted("SET LOCAL jit = off", format!("FROM ONLY \"public\".\"{table}\" AS r\n")),
        )
    }

    /// The digests and figures, without when they were taken.
    fn digests(&self) -> serde_json::Value {
        let snapshot: serde_json::Value = serde_json::from_str(&self.snapshot).unwrap();
        snapshot["tables"].clone()
    }
}

/// 9,000 rows on 72 MB, which are several pieces for two sessions, and the same in partitions whose columns lie otherwise; in
/// each of them some rows that violate.
const TABLES: &str = "CREATE TABLE large (id bigint PRIMARY KEY, a int, b int, kind text, amount numeric, day date,
        rate float8, mail text, raw text, j jsonb, secret text, filler text) WITH (fillfactor = 10);
    INSERT INTO large SELECT g, CASE WHEN bad THEN NULL ELSE g END, CASE WHEN bad THEN g + 1 ELSE g END,
        CASE WHEN bad THEN 'odd' ELSE 'even' END, CASE WHEN bad THEN -0.001 ELSE 1.25 END,
        CASE WHEN bad THEN date '0002-01-01' ELSE date '2020-01-01' END, CASE WHEN bad THEN 'NaN' ELSE 1.5 END,
        CASE WHEN bad THEN 'nobody' ELSE 'a@example.org' END, CASE WHEN bad THEN '' ELSE '17' END,
        CASE WHEN bad THEN '{}' ELSE '{\"x\": \"y\"}' END::jsonb, CASE WHEN bad THEN 'plain' ELSE repeat('QUJD', 12) END,
        repeat('x', 600)
    FROM (SELECT g, g IN (1, 2, 4500, 8999) OR g % 1000 = 0 AS bad FROM generate_series(1, 9000) g) s;
    CREATE TABLE parts (id bigint PRIMARY KEY, a int, b int, kind text, amount numeric, day date, rate float8, mail text,
        raw text, j jsonb, secret text, filler text) PARTITION BY RANGE (id);
    CREATE TABLE p1 (filler text, gone int, secret text, j jsonb, raw text, mail text, rate float8, day date,
        amount numeric, kind text, b int, a int, id bigint NOT NULL);
    ALTER TABLE p1 DROP COLUMN gone;
    ALTER TABLE parts ATTACH PARTITION p1 FOR VALUES FROM (1) TO (2000);
    CREATE TABLE p2 PARTITION OF parts FOR VALUES FROM (2000) TO (99999) PARTITION BY RANGE (id);
    CREATE TABLE p21 PARTITION OF p2 FOR VALUES FROM (2000) TO (4600);
    CREATE TABLE p22 PARTITION OF p2 FOR VALUES FROM (4600) TO (99999);
    INSERT INTO parts SELECT * FROM large;";

/// Every kind that looks at one row at a time.
fn all_kinds(table: &str) -> String {
    let checks = [
        "not_null = { column = 'a' }",
        "accepted_values = { column = 'kind', values = ['even'] }",
        "not_accepted_values = { column = 'kind', values = ['odd'] }",
        "accepted_range = { column = 'amount', min = 0 }",
        "date_sane = { column = 'day' }",
        "finite = { column = 'rate' }",
        "format = { column = 'mail', format = 'email' }",
        "castable = { column = 'raw', type = 'integer' }",
        "column_pair = { a = 'b', op = '<=', b = 'id' }",
        "expression_is_true = { sql = 'amount > 0 AND t.b = id', columns = ['amount'] }",
        "json_path = { column = 'j', path = '$.x', type = 'string' }",
        "json_schema = { column = 'j', required = ['x'], properties = { x = 'string' } }",
        "length = { column = 'raw', min = 1 }",
        "not_empty_string = { column = 'raw' }",
        "regex = { column = 'raw', pattern = '^[0-9]+$' }",
        "scale = { column = 'amount', max = 2 }",
        "unique_within_record = { columns = ['mail', 'raw'] }",
        "encrypted_column = { column = 'secret', format = 'base64', min_bytes = 24 }",
        "pii_absent = { columns = ['kind'] }",
        "row_count = { equals = 9001 }",
        "row_count = { min = 9000 }",
        // Not of the common scan; it keeps its place among the others.
        "unique = { columns = ['id'] }",
    ];
    let rule = |(n, check): (usize, &&str)| {
        let more = ["", "where = 'id > 2'", "threshold = { percent = 1.0 }", "threshold = { count = 3 }"][n % 4];
        let more = if check.starts_with("row_count") { "where = 'id > 0'" } else { more };
        format!("[rules.{table}_{n}]\ntable = '{table}'\n{more}\ncheck.{check}\n")
    };
    checks.iter().enumerate().map(rule).collect()
}

#[tokio::test]
async fn the_facts_are_those_of_a_scan_of_its_own_and_there_is_no_such_scan() {
    let place = Place::new(&[], TABLES).await;
    place.rules(&[all_kinds("large"), all_kinds("parts")].concat());
    // Fingerprints of single rows would be a pass more.
    let measure = "row_fingerprints = 0\nshared_pass =";
    // One session makes no pieces of a scan of its own.
    let apart = place.verify(&format!("jobs = 1\n{measure} 'never'"));
    let found = |fact: &&Evidence| fact.violations.is_some_and(|count| count > 0) && fact.rows_examined.is_some();
    let judged = apart.judged();
    assert!(judged.iter().filter(found).count() >= 36, "each kind finds what was planted: {judged:#?}");
    assert_eq!(judged.iter().filter(|fact| fact.verdict == Verdict::NotEvaluated).count(), 0, "{judged:#?}");
    assert_eq!((apart.scans("large").0, apart.scans("large").1), (1, 0));
    assert_eq!((apart.scans("parts").0, apart.scans("p1").1), (1, 0));

    for jobs in [1, 2] {
        let shared = place.verify(&format!("jobs = {jobs}\n{measure} 'always'"));
        assert_eq!(shared.judged(), judged, "with {jobs} sessions");
        assert_eq!(shared.digests(), apart.digests());
        let (whole, parts, digested) = shared.scans("large");
        assert_eq!((whole, parts), (0, digested));
        assert!(digested >= jobs, "{digested} parts with {jobs} sessions");
        assert_eq!(shared.scans("parts").0, 0);
        for leaf in ["p1", "p21", "p22"] {
            assert_eq!(shared.scans(leaf), (0, 1, 1), "{leaf}");
        }
    }
}

#[tokio::test]
async fn it_is_shared_where_the_tables_do_not_fit_into_memory() {
    for (cache, is_shared) in [("64MB", true), ("1GB", false)] {
        let place = Place::new(&[("effective_cache_size", cache)], TABLES).await;
        place.rules(&all_kinds("large"));
        let said = place.verify("jobs = 1\nrow_fingerprints = 0");
        assert_eq!(said.scans("large").0, usize::from(!is_shared), "{cache}");
        assert_eq!(said.scans("large").1 > 0, is_shared, "{cache}");
        assert_eq!(said.fact("large_0").violations, Some(13), "{cache}");
    }
}

#[tokio::test]
async fn a_broken_rule_is_isolated_and_harms_no_digest() {
    let place = Place::new(&[], TABLES).await;
    let broken = "[rules.broken]\ntable = 'large'\ncheck.expression_is_true = { sql = '10 / (id - 8000) < 100' }\n";
    place.rules(&[broken.to_owned(), all_kinds("large"), all_kinds("parts")].concat());
    let (apart, shared) = (place.verify("shared_pass = 'never'"), place.verify("shared_pass = 'always'"));
    assert_eq!(shared.judged(), apart.judged());
    let open: Vec<Evidence> =
        shared.judged().into_iter().filter(|fact| fact.verdict == Verdict::NotEvaluated).collect();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].measured, "not evaluated: division by zero (sqlstate 22012)");
    assert_eq!(shared.fact("large_0").violations, Some(13));
    assert_eq!(shared.digests(), apart.digests());
    let (whole, parts, digested) = shared.scans("large");
    assert!(whole > 1 && parts >= 1 && parts <= digested, "bisected: {whole}, {parts} of {digested}");
    assert_eq!((shared.scans("parts").0, shared.scans("p22").1), (0, 1));
}

#[tokio::test]
async fn what_a_part_does_not_tell_is_asked_of_the_table() {
    let place = Place::new(
        &[],
        "CREATE TABLE heirs (id int PRIMARY KEY, a int); CREATE TABLE heir () INHERITS (heirs);
         INSERT INTO heirs VALUES (1, 1); INSERT INTO heir VALUES (2, NULL);
         CREATE TABLE placed (id int, a int) PARTITION BY LIST (id);
         CREATE TABLE placed_1 (a int, id int); CREATE TABLE placed_2 PARTITION OF placed FOR VALUES IN (2);
         ALTER TABLE placed ATTACH PARTITION placed_1 FOR VALUES IN (1); INSERT INTO placed VALUES (1, 7), (2, 7);
         CREATE TABLE whole_row (LIKE placed) PARTITION BY LIST (id);
         CREATE TABLE whole_row_1 (a int, id int);
         ALTER TABLE whole_row ATTACH PARTITION whole_row_1 FOR VALUES IN (1); INSERT INTO whole_row VALUES (1, 7);
         CREATE TABLE apart (id int PRIMARY KEY, a int); INSERT INTO apart VALUES (1, NULL);
         CREATE TABLE summed (id int PRIMARY KEY, a int); INSERT INTO summed VALUES (1, 2), (2, NULL);
         CREATE SCHEMA own; CREATE FUNCTION own.limit_of() RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';
         CREATE TABLE pathed (id int PRIMARY KEY); INSERT INTO pathed VALUES (1), (2);",
    )
    .await;
    place.rules(
        "[rules.heirs]\ntable = 'heirs'\ncheck.not_null = { column = 'a' }\n\
         [rules.placed]\ntable = 'placed'\ncheck.expression_is_true = { sql = \"tableoid <> 'placed_2'::regclass\" }\n\
         [rules.whole_row]\ntable = 'whole_row'\ncheck.expression_is_true = { sql = \"t::text = '(1,7)'\" }\n\
         [rules.apart]\ntable = 'apart'\ncheck.not_null = { column = 'a' }\n\
         [rules.summed]\ntable = 'summed'\ncheck.aggregate = { column = 'a', fn = 'sum', max = 1 }\n\
         [rules.beside_a_figure]\ntable = 'summed'\ncheck.not_null = { column = 'a' }\n\
         [rules.pathed]\ntable = 'pathed'\ncheck.expression_is_true = { sql = 'id <= limit_of()' }\n",
    );
    let measure = "exclude = ['public.apart']";
    let path = "[execute]\nsearch_path = 'public, own'";
    let apart = place.verify(&format!("{measure}\nshared_pass = 'never'\n{path}"));
    let shared = place.verify(&format!("{measure}\nshared_pass = 'always'\n{path}"));
    assert_eq!(shared.judged(), apart.judged());
    let found: Vec<_> = shared.judged().iter().map(|fact| (fact.check.clone(), fact.violations)).collect();
    let expected = [("heirs", 1), ("placed", 1), ("whole_row", 0), ("apart", 1), ("summed", 1), ("beside_a_figure", 1)];
    let expected = expected.iter().chain(&[("pathed", 1)]);
    assert_eq!(found, expected.map(|(check, count)| ((*check).to_owned(), Some(*count))).collect::<Vec<_>>());
    for table in ["heirs", "placed", "whole_row", "apart", "summed"] {
        assert_eq!((shared.scans(table).0, shared.scans(table).1), (1, 0), "{table}");
    }
    // The search path of the platform holds for the rules' statement, and for no other.
    assert_eq!((shared.scans("pathed").0, shared.scans("pathed").1), (0, 1));
    // A sequence of rows cannot be read in parts.
    let sequence = place.verify(&format!("digest = 'sha256'\nshared_pass = 'always'\n{path}"));
    assert_eq!(sequence.judged(), apart.judged());
    assert_eq!((sequence.scans("pathed").0, sequence.scans("pathed").1), (1, 0));
    // What the snapshot had no time for is asked all the same.
    let late = place.verify(&format!("max_snapshot_age = '1ms'\nshared_pass = 'always'\n{path}"));
    assert_eq!(late.judged(), apart.judged());
    assert!(late.digests().as_array().is_some_and(Vec::is_empty), "{}", late.snapshot);
    assert_eq!(late.scans("pathed").0, 1);
}

#[tokio::test]
async fn rights_and_policies_of_the_table_hold() {
    let place = Place::new(
        &[],
        "CREATE ROLE reader LOGIN;
         CREATE TABLE through (id int, a int) PARTITION BY LIST (id);
         CREATE TABLE through_1 PARTITION OF through FOR VALUES IN (1); INSERT INTO through VALUES (1, NULL);
         CREATE TABLE hidden (id int, a int) PARTITION BY LIST (id);
         CREATE TABLE hidden_1 PARTITION OF hidden FOR VALUES IN (1); INSERT INTO hidden VALUES (1, 1);
         ALTER TABLE hidden ENABLE ROW LEVEL SECURITY; CREATE POLICY none ON hidden USING (false);
         GRANT SELECT ON through, hidden, hidden_1 TO reader;",
    )
    .await;
    place.rules(
        "[rules.through]\ntable = 'through'\ncheck.not_null = { column = 'a' }\n\
         [rules.hidden]\ntable = 'hidden'\ncheck.not_null = { column = 'a' }\n",
    );
    let apart = place.verify_as("reader", "shared_pass = 'never'");
    let shared = place.verify_as("reader", "shared_pass = 'always'");
    assert_eq!(shared.judged(), apart.judged());
    assert_eq!(shared.fact("through").verdict, Verdict::Fail);
    assert_eq!(shared.fact("hidden").verdict, Verdict::NotEvaluated);
    assert_eq!(shared.scans("hidden_1").1, 0);
}

#[tokio::test]
async fn the_limit_of_a_statement_is_one_for_all_parts() {
    let place = Place::new(
        &[],
        "CREATE TABLE slow (id int, a int) PARTITION BY LIST (id); CREATE TABLE slow_1 PARTITION OF slow FOR VALUES IN (1);
         CREATE TABLE slow_2 PARTITION OF slow FOR VALUES IN (2); INSERT INTO slow VALUES (1, 1), (2, 2);
         CREATE TABLE quick (id int PRIMARY KEY, a int); INSERT INTO quick VALUES (1, NULL);",
    )
    .await;
    // Each part takes less than the limit, both together more.
    place.rules(
        "[rules.slow]\ntable = 'slow'\ncheck.expression_is_true = { sql = 'pg_sleep(0.7) IS NOT NULL' }\n\
         [rules.quick]\ntable = 'quick'\ncheck.not_null = { column = 'a' }\n",
    );
    let said = place.verify("jobs = 1\nstatement_timeout = '1s'\nshared_pass = 'always'");
    let slow = said.fact("slow");
    assert_eq!(slow.verdict, Verdict::NotEvaluated);
    assert_eq!(slow.measured, "not evaluated: canceling statement due to statement timeout (sqlstate 57014)");
    assert_eq!(said.scans("slow").0, 0, "it is not begun anew");
    assert_eq!((said.fact("quick").verdict, said.fact("quick").violations), (Verdict::Fail, Some(1)));
    let digested = said.digests().as_array().unwrap().len();
    assert_eq!(digested, 2);
}
