//! A large table's common scan in pieces: cut by what a sample took, with the same facts as in one.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use phasegate::db::{Cancel, Catalog, ConnSpec, Session, SharedSnapshot};
use phasegate::disposable::{Options, Server};
use phasegate::evidence::Evidence;
use phasegate::rules::{self, Resolution, RunOptions, Sampled};
use phasegate::verdict::{Moment, Verdict};
use time::OffsetDateTime;

/// 9,000 rows on 72 MB; some violate, in the first blocks, in the middle and in the last.
const TABLE: &str = "CREATE TABLE large (id int PRIMARY KEY, a int, mail text, filler text) WITH (fillfactor = 10);
    INSERT INTO large SELECT g, CASE WHEN bad THEN NULL ELSE g END, CASE WHEN bad THEN 'nobody' ELSE 'a@example.org' END,
        repeat('x', 600)
    FROM (SELECT g, g IN (1, 2, 4500, 8999) OR g % 1000 = 0 AS bad FROM generate_series(1, 9000) g) s;
    ANALYZE large";

const RULES: &str = "[rules.a]\ntable = \"large\"\ncheck.not_null = { column = \"a\" }\n\
    [rules.mail]\ntable = \"large\"\nwhere = \"id > 100\"\ncheck.regex = { column = \"mail\", pattern = \"@\" }\n\
    [rules.rows]\ntable = \"large\"\ncheck.row_count = { equals = 9000 }\n\
    [rules.highest]\ntable = \"large\"\ncheck.aggregate = { column = \"id\", fn = \"max\", max = 8999 }\n";

const NEVER: u64 = u64::MAX;

/// A server that writes down every statement and makes no parallel scans.
struct Place {
    server: Server,
    spec: ConnSpec,
}

impl Place {
    async fn new() -> Place {
        let settings = [("log_statement", "all"), ("max_parallel_workers_per_gather", "0")];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let server = Server::start(&Options { settings, ..common::options() }).unwrap();
        let spec = ConnSpec::from_url(&server.url("postgres")).unwrap();
        common::sql(&spec, TABLE).await;
        Place { server, spec }
    }

    async fn resolve(&self, toml: &str) -> Resolution {
        let set = rules::load_embedded(&[("rules.toml", toml)]).unwrap_or_else(|error| panic!("{error}"));
        let mut session = Session::connect(&self.spec).await.unwrap();
        let catalog = Catalog::read(&mut session).await.unwrap();
        session.close().await;
        rules::resolve(&set, &catalog, Moment::Before)
    }

    /// The facts but for when and how long they were measured, and how many pieces were counted.
    async fn judge(&self, toml: &str, jobs: usize, options: &RunOptions) -> (Vec<Evidence>, usize) {
        let resolution = self.resolve(toml).await;
        let before = self.log().len();
        let snapshot = SharedSnapshot::open(&self.spec, Cancel::never()).await.unwrap();
        let facts = rules::run(&resolution.rules, &snapshot, jobs, options).await;
        snapshot.close().await;
        let timeless = |fact: Evidence| Evidence { at: OffsetDateTime::UNIX_EPOCH, took_ms: 0.0, ..fact };
        let log = self.log()[before..].to_owned();
        // A statement that failed stands in the log a second time, after its error.
        let sent = log.split("LOG:  statement: ").filter_map(|text| text.split("STATEMENT:  ").next());
        let pieces = sent.filter(|text| text.contains("-- The same over a part") && !text.contains("EXPLAIN")).count();
        (facts.into_iter().map(timeless).collect(), pieces)
    }

    async fn sampled(&self, jobs: usize, options: &RunOptions) -> Option<Sampled> {
        let resolution = self.resolve(RULES).await;
        let snapshot = SharedSnapshot::open(&self.spec, Cancel::never()).await.unwrap();
        let mut session = snapshot.session().await.unwrap();
        let explained = rules::explain(&resolution.rules, &mut session, jobs, options).await.unwrap();
        session.close().await;
        snapshot.close().await;
        explained.into_iter().find(|statement| statement.rules.contains(&"a".to_owned())).unwrap().sampled
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.server.log_file()).unwrap()
    }
}

fn cut_above(cut_above_ms: u64) -> RunOptions {
    RunOptions { cut_above_ms, ..RunOptions::default() }
}

#[tokio::test]
async fn in_pieces_the_facts_are_the_same() {
    let place = Place::new().await;
    let (whole, none) = place.judge(RULES, 2, &cut_above(NEVER)).await;
    let verdicts: Vec<(&str, Verdict, Option<u64>)> =
        whole.iter().map(|fact| (fact.check.as_str(), fact.verdict, fact.violations)).collect();
    use Verdict::{Fail, Pass};
    let expected =
        [("a", Fail, Some(13)), ("mail", Fail, Some(11)), ("rows", Pass, Some(0)), ("highest", Fail, Some(1))];
    assert_eq!(verdicts, expected);
    assert_eq!(whole[0].samples.iter().map(|sample| sample.key.as_str()).take(2).collect::<Vec<_>>(), ["id=1", "id=2"]);
    let (cut, pieces) = place.judge(RULES, 2, &cut_above(0)).await;
    assert_eq!((none, pieces), (0, 16));
    assert_eq!(cut, whole);
    // One session has nobody to share with.
    assert_eq!(place.judge(RULES, 1, &cut_above(0)).await, (whole, 0));
    place.server.stop().unwrap();
}

/// Rules of which some are violated everywhere and some in one place, with keys of their own and without any.
const VIOLATED: &str = "[rules.late]\ntable = \"large\"\ncheck.expression_is_true = { sql = \"id < 8990 -- the last\" }\n\
    [rules.some]\ntable = \"large\"\nsample = 3\ncheck.not_null = { column = \"a\" }\n\
    [rules.later]\ntable = \"large\"\nwhere = \"id > 8000\"\nkey = [\"mail\", \"id\"]\nredact = [\"mail\"]\ncheck.accepted_range = { column = \"id\", max = 8995 }\n\
    [rules.none]\ntable = \"large\"\ncheck.not_null = { column = \"id\" }\n\
    [rules.unnamed]\ntable = \"large\"\nsample = 0\ncheck.not_null = { column = \"a\" }\n";

#[tokio::test]
async fn offenders_of_all_rules_of_a_table_are_found_in_one_scan_of_where_they_are() {
    let place = Place::new().await;
    let rules: Vec<String> = VIOLATED.split("[rules.").skip(1).map(|rule| format!("[rules.{rule}")).collect();
    // One rule looks for its own.
    let mut alone = Vec::new();
    for rule in &rules {
        alone.extend(place.judge(rule, 1, &cut_above(NEVER)).await.0);
    }
    let keys = |fact: &Evidence| fact.samples.iter().map(|sample| sample.key.clone()).collect::<Vec<_>>().join(" ");
    let named: Vec<String> = alone.iter().map(keys).collect();
    let late = "id=8990 id=8991 id=8992 id=8993 id=8994";
    let later = "mail=***, id=8996 mail=***, id=8997 mail=***, id=8998 mail=***, id=8999 mail=***, id=9000";
    assert_eq!(named, [late, "id=1 id=2 id=1000", later, "", ""]);

    // Of those in several pieces the whole table is read, once; of those in the last piece that piece.
    let last: String = [&*rules[0], &rules[2], &rules[3]].concat();
    let own = [alone[0].clone(), alone[2].clone(), alone[3].clone()];
    let (never, always) = (cut_above(NEVER), cut_above(0));
    for (toml, facts, jobs, options, restriction) in [
        (VIOLATED, &alone[..], 1, &never, "true"),
        (VIOLATED, &alone, 2, &always, "true"),
        (&last, &own, 1, &never, "true"),
        (&last, &own, 2, &always, "ctid >= '(8437,0)'::tid"),
    ] {
        let before = place.log().len();
        assert_eq!(place.judge(toml, jobs, options).await.0, facts);
        let log = place.log()[before..].to_owned();
        let looks: Vec<&str> =
            log.split("LOG:  statement: ").filter(|text| text.contains("-- The places of")).collect();
        assert_eq!(looks.len(), 1, "{log}");
        assert_eq!(looks[0].matches("AS t\n").count(), 1, "{}", looks[0]);
        assert!(looks[0].contains(&format!("WHERE {restriction} AND ((")), "{}", looks[0]);
        assert!(!log.contains("WHERE true AND true AND"), "no rule looks for its own: {log}");
    }
    place.server.stop().unwrap();
}

/// The rows of the large table in partitions of partitions, of which one is empty and one has its columns in another order; and
/// in a table and those that inherit from it.
const PARTS: &str = "CREATE TABLE parts (LIKE large) PARTITION BY RANGE (id);
    CREATE TABLE p1 (filler text, gone int, mail text, a int, id int NOT NULL);
    ALTER TABLE p1 DROP COLUMN gone; ALTER TABLE parts ATTACH PARTITION p1 FOR VALUES FROM (1) TO (7000);
    CREATE TABLE p2 PARTITION OF parts FOR VALUES FROM (7000) TO (20000) PARTITION BY RANGE (id);
    CREATE TABLE \"p 21\" PARTITION OF p2 FOR VALUES FROM (7000) TO (8500);
    CREATE TABLE p22 PARTITION OF p2 FOR VALUES FROM (8500) TO (10000);
    CREATE TABLE p23 PARTITION OF p2 FOR VALUES FROM (10000) TO (20000);
    INSERT INTO parts (id, a, mail, filler) SELECT id, a, mail, repeat('x', 1500) FROM large;
    CREATE TABLE heirs (LIKE large); CREATE TABLE h1 () INHERITS (heirs); CREATE TABLE h2 (extra int) INHERITS (h1, heirs);
    INSERT INTO heirs SELECT * FROM large WHERE id <= 2000; INSERT INTO h1 SELECT * FROM large WHERE id BETWEEN 2001 AND 4500;
    INSERT INTO h2 SELECT * FROM large WHERE id > 4500;
    UPDATE heirs SET filler = repeat('x', 1500); UPDATE heirs SET filler = repeat('x', 1500)";

#[tokio::test]
async fn partitions_and_inheritors_are_counted_each_by_itself() {
    let place = Place::new().await;
    common::sql(&place.spec, PARTS).await;
    let of_part =
        "[rules.part]\ntable = \"large\"\ncheck.expression_is_true = { sql = \"tableoid <> 'p1'::regclass\" }\n";
    for (table, rules, least) in [("parts", format!("{RULES}{of_part}"), 5), ("heirs", RULES.to_owned(), 4)] {
        let rules = rules.replace("\"large\"", &format!("\"{table}\"\nkey = [\"id\"]"));
        let (whole, none) = place.judge(&rules, 2, &cut_above(NEVER)).await;
        let figures: Vec<_> = whole.iter().map(|fact| (fact.rows_examined, fact.violations)).take(3).collect();
        assert_eq!(figures, [(Some(9000), Some(13)), (Some(8900), Some(11)), (Some(9000), Some(0))], "{table}");
        let before = place.log().len();
        let (cut, pieces) = place.judge(&rules, 2, &cut_above(0)).await;
        assert_eq!((none, &cut), (0, &whole), "{table}");
        assert!(pieces >= least, "{pieces} of {table}");
        // Which table a row is in says the whole alone.
        let log = place.log()[before..].to_owned();
        let parts = log.split("LOG:  statement: ").filter(|text| text.contains("-- The same over a part"));
        assert!(parts.clone().all(|text| text.contains("FROM ONLY ") && !text.contains("tableoid")), "{table}");
        if table == "parts" {
            assert_eq!(whole[4].violations, Some(6999));
            assert!(log.contains("FROM ONLY \"public\".\"p 21\" AS t\n"), "{log}");
        }
    }
    // Where some rows can only be read through the parent, all are.
    common::sql(
        &place.spec,
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; DROP TABLE p23;
         CREATE FOREIGN TABLE p23 PARTITION OF p2 FOR VALUES FROM (10000) TO (20000) SERVER s",
    )
    .await;
    let rule = "[rules.some]\ntable = \"parts\"\nwhere = \"id < 7000\"\ncheck.not_null = { column = \"a\" }\n";
    let (facts, pieces) = place.judge(rule, 2, &cut_above(0)).await;
    assert_eq!((pieces, facts[0].verdict), (0, Verdict::NotEvaluated), "{}", facts[0].measured);
    place.server.stop().unwrap();
}

#[tokio::test]
async fn a_rule_that_breaks_in_one_piece_is_isolated() {
    let place = Place::new().await;
    let broken =
        "[rules.broken]\ntable = \"large\"\nwhere = \"10 / (id - 7000) < 100\"\ncheck.not_null = { column = \"id\" }\n";
    let (facts, pieces) = place.judge(&format!("{RULES}{broken}"), 2, &cut_above(0)).await;
    assert!(pieces > 1, "{pieces}");
    assert_eq!(facts[4].measured, "not evaluated: division by zero (sqlstate 22012)");
    assert_eq!(facts[..4], place.judge(RULES, 2, &cut_above(NEVER)).await.0);
    place.server.stop().unwrap();
}

#[tokio::test]
async fn the_limit_is_that_of_all_pieces_together() {
    let place = Place::new().await;
    let slow =
        "[rules.slow]\ntable = \"large\"\ncheck.expression_is_true = { sql = \"pg_sleep(0.001) IS NOT NULL\" }\n";
    let options = RunOptions { statement_timeout_ms: 2_000, ..cut_above(0) };
    let (facts, _) = place.judge(slow, 2, &options).await;
    assert_eq!(facts[0].verdict, Verdict::NotEvaluated);
    assert!(facts[0].measured.contains("statement timeout"), "{}", facts[0].measured);
    place.server.stop().unwrap();
}

#[tokio::test]
async fn a_sample_says_whether_a_scan_is_cut() {
    let place = Place::new().await;
    let cut = place.sampled(2, &cut_above(0)).await.unwrap();
    assert_eq!((cut.blocks, cut.of_blocks, cut.pieces), (128, 9000, 16));
    assert!(cut.took_ms > 0.0 && cut.whole_ms > cut.took_ms, "{cut:?}");
    assert_eq!(place.sampled(2, &cut_above(NEVER)).await.unwrap().pieces, 1);
    assert_eq!(place.sampled(1, &cut_above(0)).await, None);
    // The sessions are to share it, not processes of the server.
    common::sql(&place.spec, "ALTER DATABASE postgres SET max_parallel_workers_per_gather = 2; ALTER DATABASE postgres SET parallel_setup_cost = 0").await;
    assert_eq!(place.sampled(2, &cut_above(0)).await.unwrap().pieces, 16);
    // Below 8 MiB there is no look.
    common::sql(
        &place.spec,
        "CREATE TABLE small AS SELECT id, a, mail FROM large; DROP TABLE large; ALTER TABLE small RENAME TO large",
    )
    .await;
    assert_eq!(place.sampled(2, &cut_above(0)).await, None);
    place.server.stop().unwrap();
}
