//! Counts of a run judged again: by other thresholds they mean something else, and no server is asked.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::fs;
use std::process::Command;

use phasegate::db::ConnSpec;
use phasegate::evidence::Evidence;
use phasegate::evidence::journal::{self, Journal, RunHeader};
use phasegate::verdict::Verdict;

const SOUND: &str = "[rules.named]\ntable = \"t\"\nthreshold = { count = 3 }\ncheck.not_null = { column = \"name\" }\n\
    [rules.rows]\ntable = \"t\"\ncheck.row_count = { min = 90 }\n\
    [rules.highest]\ntable = \"t\"\ncheck.aggregate = { column = \"id\", fn = \"max\", max = 100 }\n\
    [rules.all]\ncheck.all_of = { rules = [\"named\", \"rows\"] }\n";

/// A folder with rules, and a run over 100 rows of which 3 have no name.
struct Place {
    home: tempfile::TempDir,
    run: String,
}

struct Said {
    code: Option<i32>,
    facts: Vec<Evidence>,
    text: String,
}

impl Place {
    async fn new() -> Place {
        let spec = common::database().await;
        common::sql(
            &spec,
            "CREATE TABLE t (id int PRIMARY KEY, name text);
             INSERT INTO t SELECT n, CASE WHEN n > 3 THEN 'x' END FROM generate_series(1, 100) n",
        )
        .await;
        let mut place = Place { home: tempfile::tempdir().unwrap(), run: String::new() };
        fs::create_dir(place.home.path().join("integrity_rules")).unwrap();
        place.rules(SOUND);
        let said = place.verify(Some(&spec), &["--rules-only"]);
        assert_eq!(said.code, Some(0), "{}", said.text);
        fs::write(place.home.path().join("report.json"), &said.text).unwrap();
        let report: serde_json::Value = serde_json::from_str(&said.text).unwrap();
        report["run"]["run_id"].as_str().unwrap().clone_into(&mut place.run);
        place
    }

    fn rules(&self, toml: &str) {
        fs::write(self.home.path().join("integrity_rules/rules.toml"), toml).unwrap();
    }

    fn verify(&self, spec: Option<&ConnSpec>, words: &[&str]) -> Said {
        let mut command = Command::new(common::phasegate());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
            command.env_remove(name);
        }
        command.current_dir(self.home.path()).env_remove("DATABASE_URL").arg("verify").args(words);
        if let Some(spec) = spec {
            let (host, port) = &spec.hosts[0];
            command.env("PGHOST", host).env("PGPORT", port.to_string());
            command.env("PGUSER", &spec.user).env("PGDATABASE", &spec.database);
        } else {
            // Nobody listens there.
            command.env("PGHOST", "127.0.0.1").env("PGPORT", "1");
        }
        let output = command.args(["--format", "json"]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        let report: Option<serde_json::Value> = serde_json::from_str(&text).ok();
        let facts =
            report.map(|mut report| serde_json::from_value(report["facts"].take()).unwrap()).unwrap_or_default();
        Said { code: output.status.code(), facts, text }
    }

    fn rejudge(&self, toml: &str) -> Said {
        self.rules(toml);
        self.verify(None, &["--rejudge", &self.run])
    }
}

impl Said {
    #[track_caller]
    fn fact(&self, check: &str) -> &Evidence {
        self.facts.iter().find(|fact| fact.check == check).unwrap_or_else(|| panic!("{}", self.text))
    }

    #[track_caller]
    fn is(&self, code: i32, check: &str, verdict: Verdict) -> &Evidence {
        assert_eq!((self.code, self.fact(check).verdict), (Some(code), verdict), "{}", self.text);
        self.fact(check)
    }
}

#[tokio::test]
async fn green_turns_red_when_a_threshold_is_lowered() {
    use Verdict::{Fail, Pass, Warn};
    let place = Place::new().await;
    let again = place.rejudge(SOUND);
    for check in ["named", "rows", "highest", "all"] {
        again.is(0, check, Pass);
    }
    assert_eq!(again.fact("highest").measured, "100 over 100 rows");
    let lower = place.rejudge(&SOUND.replace("count = 3", "count = 2"));
    let named = lower.is(1, "named", Fail);
    assert_eq!((named.violations, named.rows_examined), (Some(3), Some(100)));
    assert_eq!(named.samples.iter().map(|sample| sample.key.as_str()).collect::<Vec<_>>(), ["id=1", "id=2", "id=3"]);
    assert!(named.probe.as_ref().unwrap().contains("FROM \"public\".\"t\" AS t"), "{named:?}");
    lower.is(1, "all", Fail);
    place.rejudge(&SOUND.replace("{ count = 3 }", "{ percent = 2.9 }")).is(1, "named", Fail);
    let warned = SOUND
        .replace("threshold = { count = 3 }", "severity = \"warn\"")
        .replace("[rules.all]", "[rules.all]\nseverity = \"info\"");
    place.rejudge(&warned).is(0, "named", Warn);
    let more = place.rejudge(&SOUND.replace("min = 90", "min = 101"));
    more.is(1, "rows", Fail);
    place.rejudge(&SOUND.replace("min = 90", "max = 100")).is(0, "rows", Pass);
    // A judgement is a run of its own, and can itself be judged again.
    let report: serde_json::Value = serde_json::from_str(&more.text).unwrap();
    let run = report["run"]["run_id"].as_str().unwrap();
    place.rules(&SOUND.replace("count = 3", "count = 2"));
    place.verify(None, &["--rejudge", run]).is(1, "named", Fail);
}

#[tokio::test]
async fn what_was_not_counted_so_is_not_evaluated() {
    use Verdict::{NotEvaluated, Pass, Warn};
    let place = Place::new().await;
    let other = "not evaluated: its table, where, check or the search path is another one than that of the run";
    for (from, to) in [
        ("threshold = { count = 3 }", "threshold = { count = 3 }\nwhere = \"id > 3\""),
        ("{ column = \"name\" }", "{ column = \"id\" }"),
        ("[rules.named]\ntable = \"t\"", "[rules.named]\ntable = \"public.t\""),
    ] {
        let changed = place.rejudge(&SOUND.replace(from, to));
        assert_eq!(changed.is(2, "named", NotEvaluated).measured, other);
        assert_eq!(changed.fact("named").violations, None);
        changed.is(2, "all", NotEvaluated);
        changed.is(2, "rows", Pass);
    }
    let added = place.rejudge(&format!("{SOUND}[rules.new]\ntable = \"t\"\ncheck.not_null = {{ column = \"id\" }}\n"));
    assert_eq!(added.is(2, "new", NotEvaluated).measured, "not evaluated: the run did not measure this rule");
    let many = place.rejudge(&SOUND.replace("{ count = 3 }", "{ count = 3 }\nmin_rows = 101"));
    many.is(2, "named", NotEvaluated);
    fs::write(place.home.path().join("phasegate.toml"), "[execute]\nsearch_path = \"archive\"\n").unwrap();
    assert_eq!(place.rejudge(SOUND).is(2, "named", NotEvaluated).measured, other);
    fs::remove_file(place.home.path().join("phasegate.toml")).unwrap();
    // What is no rule any more is said.
    let gone = place.rejudge("[rules.rows]\ntable = \"t\"\ncheck.row_count = { min = 90 }\n");
    let fact = gone.is(0, "rules_gone", Warn);
    assert_eq!(fact.samples.iter().map(|sample| sample.key.as_str()).collect::<Vec<_>>(), ["named", "highest", "all"]);
}

/// A figure is kept, and bounds judge it; a number of rows out of bounds was counted by them.
#[tokio::test]
async fn figures_are_judged_by_other_bounds_and_counts_are_not() {
    use Verdict::{Fail, NotEvaluated, Pass};
    let spec = common::database().await;
    common::sql(
        &spec,
        "CREATE TABLE t (id int PRIMARY KEY, rate float8, secret int);
         INSERT INTO t SELECT n, CASE WHEN n > 1 THEN 0.5 ELSE 'NaN' END, 7 FROM generate_series(1, 100) n",
    )
    .await;
    let mut place = Place { home: tempfile::tempdir().unwrap(), run: String::new() };
    fs::create_dir(place.home.path().join("integrity_rules")).unwrap();
    let rules = "[rules.total]\ntable = \"t\"\ncheck.aggregate = { column = \"id\", fn = \"sum\", max = 6000 }\n\
        [rules.few]\ntable = \"t\"\ncheck.cardinality = { column = \"secret\", max = 3 }\n\
        [rules.last]\ntable = \"t\"\ncheck.aggregate = { column = \"id\", fn = \"max\", max = 100 }\n\
        [rules.hidden]\ntable = \"t\"\nredact = [\"secret\"]\ncheck.aggregate = { column = \"secret\", fn = \"sum\", max = 800 }\n\
        [rules.within]\ntable = \"t\"\ncheck.accepted_range = { column = \"id\", min = 1, max = 100 }\n\
        [rules.mean]\ntable = \"t\"\nseverity = \"info\"\ncheck.aggregate = { column = \"rate\", fn = \"avg\", max = 100 }\n\
        [rules.broken]\ntable = \"t\"\ncheck.expression_is_true = { sql = \"1 / (id - 1) >= 0\" }\n";
    place.rules(rules);
    let said = place.verify(Some(&spec), &["--rules-only"]);
    said.is(2, "broken", NotEvaluated);
    let report: serde_json::Value = serde_json::from_str(&said.text).unwrap();
    report["run"]["run_id"].as_str().unwrap().clone_into(&mut place.run);

    let again = place.rejudge(rules);
    for check in ["total", "few", "last", "hidden", "within"] {
        again.is(2, check, Pass);
    }
    let broken = again.is(2, "broken", NotEvaluated);
    assert_eq!(broken.measured, "not evaluated: the run could not count it: division by zero (sqlstate 22012)");
    let judged = |from: &str, to: &str| {
        assert!(rules.contains(from), "{from}");
        place.rejudge(&rules.replace(from, to))
    };
    let total = judged("max = 6000", "max = 5049");
    let total = total.is(1, "total", Fail);
    assert_eq!(
        (total.measured.as_str(), total.expected.as_str()),
        ("5,050 over 100 rows".replace(',', "").as_str(), "sum: at most 5049")
    );
    judged("max = 6000", "min = 5050, max = 5050.0").is(2, "total", Pass);
    judged("max = 6000", "min = 5050.1").is(1, "total", Fail);
    judged("max = 3", "min = 2").is(1, "few", Fail);
    // NaN is within no bounds, whichever they are.
    let mean = judged("\"avg\", max = 100", "\"avg\", max = 1000");
    assert_eq!(mean.fact("mean").violations, Some(1), "{}", mean.text);
    let other = "not evaluated: its table, where, check or the search path is another one than that of the run";
    for (from, to, check, said) in [
        ("\"sum\", max = 6000", "\"avg\", max = 6000", "total", other),
        ("max = 6000 }", "max = 6000 }\nwhere = \"id > 1\"", "total", other),
        // The order of values is the server's.
        ("\"max\", max = 100", "\"max\", max = 200", "last", other),
        ("min = 1, max = 100", "min = 1, max = 101", "within", other),
        (
            "max = 800",
            "max = 900",
            "hidden",
            "not evaluated: its bounds are others than those of the run, and what the run wrote down is no number to be held against them",
        ),
    ] {
        assert_eq!(judged(from, to).is(2, check, NotEvaluated).measured, said);
    }
}

#[tokio::test]
async fn a_threshold_that_would_let_everything_pass_is_refused() {
    let place = Place::new().await;
    // Groups and rows of a query are no share of anything.
    for check in [
        "functional_dependency = { determinant = [\"id\"], dependent = [\"name\"] }",
        "ledger_balanced = { group = [\"id\"], amount = \"id\" }",
    ] {
        let more = format!("[rules.groups]\ntable = \"public.people\"\nthreshold = {{ percent = 1 }}\ncheck.{check}\n");
        let refused = place.rejudge(&format!("{SOUND}\n{more}"));
        assert_eq!(refused.code, Some(2), "{}", refused.text);
        assert!(refused.text.contains("does not count rows, so no percent of them violates it"), "{}", refused.text);
    }
    for (from, to, said) in [
        ("[rules.rows]", "[rules.rows]\nthreshold = { count = 1 }", "row_count takes no threshold"),
        ("[rules.highest]", "[rules.highest]\nthreshold = { count = 1 }", "aggregate takes no threshold"),
        ("[rules.all]", "[rules.all]\nthreshold = { count = 2 }", "threshold has no effect on all_of"),
    ] {
        let refused = place.rejudge(&SOUND.replace(from, to));
        assert_eq!(refused.code, Some(2), "{}", refused.text);
        assert!(refused.text.contains(said), "{}", refused.text);
    }
}

#[tokio::test]
async fn a_report_in_json_is_as_good_unless_it_was_edited() {
    let place = Place::new().await;
    place.rules(&SOUND.replace("count = 3", "count = 2"));
    place.verify(None, &["--rejudge", "report.json"]).is(1, "named", Verdict::Fail);
    let path = place.home.path().join("report.json");
    let text = fs::read_to_string(&path).unwrap();
    let edited = text.replace("\"violations\": 3", "\"violations\": 0");
    assert_ne!(edited, text);
    fs::write(&path, edited).unwrap();
    let refused = place.verify(None, &["--rejudge", "report.json"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.text.contains("the report was changed after it was written"), "{}", refused.text);
    assert_eq!(place.verify(None, &["--rejudge", "no_such_run"]).code, Some(2));
}

#[tokio::test]
async fn counts_of_another_version_are_not_judged() {
    let place = Place::new().await;
    let snapshots = place.home.path().join("snapshots");
    let run = journal::read(&snapshots.join(&place.run).join(journal::FILE_NAME)).unwrap();
    let header = RunHeader { run_id: "old".into(), phasegate_version: "0.0.1".into(), ..run.header };
    let mut journal = Journal::create(&snapshots.join("old"), header).unwrap();
    run.facts.iter().for_each(|fact| journal.append(fact).unwrap());
    let said = place.verify(None, &["--rejudge", "old"]);
    let fact = said.is(2, "named", Verdict::NotEvaluated);
    assert!(fact.measured.starts_with("not evaluated: phasegate 0.0.1 counted it, and this is "), "{}", fact.measured);
}
