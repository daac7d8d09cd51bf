//! Ways in which a run could call lost data "go", each tried with the real program. None of them may end with 0.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use common::portal::Portal;
use common::server;
use phasegate::db::ConnSpec;

/// A small database and a folder to work in.
struct Desk {
    url: String,
    folder: tempfile::TempDir,
}

/// What the program said: exit code, and both streams.
struct Said {
    exit: i32,
    text: String,
}

const SETUP: &str = "CREATE TABLE public.kept (id int PRIMARY KEY, note text);\
                     INSERT INTO public.kept SELECT n, 'note ' || n FROM generate_series(1, 5) n;";

impl Desk {
    fn new(setup: &str) -> Desk {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("desk_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        sql(&server().url("postgres"), &format!("CREATE DATABASE {name}"));
        let desk = Desk { url: server().url(&name), folder: tempfile::tempdir().unwrap() };
        desk.sql(SETUP);
        if !setup.is_empty() {
            desk.sql(setup);
        }
        let rule = "[rules.kept_has_notes]\ntable = \"kept\"\ncheck.not_null = { column = \"note\" }\n";
        desk.write("integrity_rules/kept.toml", rule);
        desk
    }

    fn sql(&self, text: &str) {
        sql(&self.url, text);
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn phase(&self, name: &str, text: &str) {
        self.write(&format!("migrations/{name}.sql"), text);
    }

    fn run(&self, words: &[&str]) -> Said {
        let mut command = Command::new(common::phasegate());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
            command.env_remove(name);
        }
        let output =
            command.current_dir(self.folder.path()).env("DATABASE_URL", &self.url).args(words).output().unwrap();
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        Said { exit: output.status.code().unwrap(), text }
    }

    fn migrate(&self) -> Said {
        self.run(&["migrate", "--format", "json"])
    }

    /// The folders of all runs, oldest first.
    fn runs(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder.path().join("snapshots")).unwrap();
        let mut runs: Vec<(std::time::SystemTime, PathBuf)> = entries
            .map(|entry| entry.unwrap().path())
            .map(|path| (std::fs::metadata(path.join("evidence.jsonl")).unwrap().modified().unwrap(), path))
            .collect();
        runs.sort();
        runs.into_iter().map(|(_, path)| path).collect()
    }
}

impl Said {
    #[track_caller]
    fn expect(&self, exit: i32, words: &[&str]) {
        assert_eq!(self.exit, exit, "{}", self.text);
        for word in words {
            assert!(self.text.contains(word), "{word:?} is not in\n{}", self.text);
        }
    }
}

fn sql(url: &str, text: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(common::sql(&ConnSpec::from_url(url).unwrap(), text));
}

fn value(url: &str, query: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(common::value(&ConnSpec::from_url(url).unwrap(), query)).unwrap()
}

/// What a run looks like whose process was killed after its phases and before the proof.
fn kill_before_the_proof(run: &Path) {
    let journal = run.join("evidence.jsonl");
    let text = std::fs::read_to_string(&journal).unwrap();
    let proof = ["\"topic\":\"gate_after\"", "\"topic\":\"difference\""];
    let kept: Vec<&str> = text.lines().take_while(|line| !proof.iter().any(|topic| line.contains(topic))).collect();
    assert!(kept.len() < text.lines().count());
    std::fs::write(&journal, kept.join("\n") + "\n").unwrap();
    std::fs::remove_dir_all(run.join("after")).unwrap();
    std::fs::remove_file(run.join("report.md")).unwrap();
}

const LOSES_A_ROW: &str = "DELETE FROM public.kept WHERE id = 2;\n";
const LOST: [&str; 2] = ["rows_deleted", "id=2"];

/// The first phase loses a row and commits, the second one fails. The next run begins behind the loss: held against
/// its own snapshot before, nothing is gone.
#[test]
fn what_an_earlier_attempt_lost_is_named_by_the_run_that_finishes() {
    let desk = Desk::new("");
    desk.phase("1_loses", LOSES_A_ROW);
    desk.phase("2_fails", "SELECT 1 / 0;\n");
    desk.migrate().expect(3, &[]);
    desk.phase("2_fails", "SELECT 1;\n");
    desk.migrate().expect(1, &LOST);
    // And it stays said: nothing is pending any more, and nothing is better for it.
    desk.migrate().expect(1, &["no-go"]);
}

/// The same within one phase that commits statement by statement.
#[test]
fn what_half_a_phase_lost_is_named_by_the_run_that_finishes_it() {
    let desk = Desk::new("");
    let text =
        format!("-- phasegate: transaction = none\n{LOSES_A_ROW}SELECT 1 / (SELECT count(*) FROM public.flag);\n");
    desk.sql("CREATE TABLE public.flag (id int)");
    desk.phase("1_halts", &text);
    desk.migrate().expect(4, &[]);
    desk.sql("INSERT INTO public.flag VALUES (1)");
    desk.migrate().expect(1, &LOST);
}

/// Without the evidence of the first attempt nobody can say what its phases did.
#[test]
fn what_cannot_be_compared_any_more_is_not_go() {
    let desk = Desk::new("");
    desk.phase("1_loses", LOSES_A_ROW);
    desk.phase("2_fails", "SELECT 1 / 0;\n");
    desk.migrate().expect(3, &[]);
    std::fs::remove_dir_all(desk.folder.path().join("snapshots")).unwrap();
    desk.phase("2_fails", "SELECT 1;\n");
    desk.migrate().expect(2, &["were never compared"]);
}

/// A snapshot that somebody edited so that the loss fits is no place to begin a proof.
#[test]
fn an_edited_snapshot_is_no_baseline() {
    let desk = Desk::new("");
    desk.phase("1_loses", LOSES_A_ROW);
    desk.phase("2_fails", "SELECT 1 / 0;\n");
    desk.migrate().expect(3, &[]);
    let run = std::fs::read_dir(desk.folder.path().join("snapshots")).unwrap().next().unwrap().unwrap().path();
    let file = run.join("before/snapshot.json");
    let text = std::fs::read_to_string(&file).unwrap();
    let edited = text.replace("\"rows\": 5", "\"rows\": 4");
    assert_ne!(text, edited);
    std::fs::write(&file, edited).unwrap();
    desk.phase("2_fails", "SELECT 1;\n");
    desk.migrate().expect(2, &["not as it was written"]);
}

/// A run that was killed between its phases and the proof: the next one has no phase to run, and still a proof to make.
#[test]
fn a_proof_that_was_never_made_is_made_by_the_next_run() {
    for (text, exit) in [(LOSES_A_ROW, 1), ("SELECT 1;\n", 0)] {
        let desk = Desk::new("");
        desk.phase("1_phase", text);
        desk.migrate().expect(exit, &[]);
        kill_before_the_proof(&desk.runs()[0]);
        let words: &[&str] = if exit == 1 { &LOST } else { &["rows_compared", "unproven"] };
        let words = if exit == 0 { &words[1..] } else { words };
        desk.migrate().expect(exit, words);
        assert_eq!(desk.runs().len(), 2);
        // Made once, it stands; what is not go is looked at again.
        desk.migrate().expect(exit, &[]);
        assert_eq!(desk.runs().len(), if exit == 0 { 2 } else { 3 });
    }
}

/// Nothing pending is not a verdict: what was lost is still lost, until it is back or somebody declares it.
#[test]
fn nothing_to_do_after_a_no_go_is_no_go() {
    let desk = Desk::new("");
    desk.phase("1_loses", LOSES_A_ROW);
    desk.migrate().expect(1, &LOST);
    desk.migrate().expect(1, &LOST);
    // Another phase does not make it better.
    desk.phase("2_more", "SELECT 1;\n");
    desk.migrate().expect(1, &LOST);
    // The row is back: the proof holds, and stands.
    desk.sql("INSERT INTO public.kept VALUES (2, 'note 2')");
    desk.migrate().expect(0, &["proof_of"]);
    let runs = desk.runs().len();
    desk.migrate().expect(0, &["\"divergences\": []"]);
    assert_eq!(desk.runs().len(), runs);
}

/// A loss that somebody decides to live with is declared by a later phase.
#[test]
fn a_later_phase_can_declare_what_an_earlier_one_did() {
    let desk = Desk::new("");
    desk.phase("1_loses", LOSES_A_ROW);
    desk.migrate().expect(1, &LOST);
    desk.phase("2_declares", "-- phasegate: deletes public.kept\nSELECT 1;\n");
    desk.migrate().expect(0, &["declared: deletes public.kept"]);
}

/// A rule that was misspelt for the moment after: mended, the proof is made and not only said to be open.
#[test]
fn what_could_not_be_judged_is_judged_once_it_can_be() {
    let desk = Desk::new("");
    let rule =
        |table: &str| format!("[rules.r]\ntable = \"{table}\"\nwhen = \"after\"\ncheck.row_count = {{ min = 5 }}\n");
    desk.write("integrity_rules/after.toml", &rule("kepd"));
    desk.phase("1_phase", "SELECT 1;\n");
    desk.migrate().expect(2, &["kepd"]);
    desk.write("integrity_rules/after.toml", &rule("kept"));
    desk.migrate().expect(0, &["proof_of"]);
}

/// The reference platform, interrupted by a phase that fails and mended: the proof over both runs holds.
#[test]
fn the_platform_migrated_in_two_runs_is_go() {
    let portal = Portal::before();
    let (name, text) = phasegate::platform::PHASES[3];
    portal.write_phase(name, &format!("{text}\nSELECT 1 / 0;\n"));
    assert_eq!(portal.migrate().exit, 4);
    portal.write_phase(name, text);
    let said = portal.migrate();
    let complaints = said.complaints();
    assert!(complaints.starts_with("exit 0\n") && complaints.contains("unproven"), "{complaints}");
    assert!(said.facts.iter().any(|fact| fact.check == "proof_of"));
}

/// On another machine the verdict is not known: what is said is that nothing was judged.
#[test]
fn nothing_to_do_without_evidence_says_that_nothing_was_judged() {
    let desk = Desk::new("");
    desk.phase("1_phase", "SELECT 1;\n");
    desk.migrate().expect(0, &[]);
    desk.migrate().expect(0, &["\"divergences\": []"]);
    std::fs::remove_dir_all(desk.folder.path().join("snapshots")).unwrap();
    desk.migrate().expect(0, &["nothing was judged"]);
}

/// A phase that takes phasegate's own log for a table like any other.
#[test]
fn a_log_that_a_phase_edits_is_no_go() {
    let desk = Desk::new("");
    desk.phase("1_first", "SELECT 1;\n");
    desk.migrate().expect(0, &[]);
    let edit = "ALTER TABLE public.migration_log DISABLE TRIGGER ALL;\n\
                UPDATE public.migration_log SET client = 'nobody' WHERE seq = 1;\n\
                ALTER TABLE public.migration_log ENABLE TRIGGER ALL;\n";
    desk.phase("2_edits", edit);
    desk.migrate().expect(1, &["log_chain", "edited"]);
    // Nothing is built upon it either.
    desk.phase("3_third", "INSERT INTO public.kept VALUES (9, 'x');\n");
    desk.migrate().expect(1, &["log_chain"]);
    assert_eq!(value(&desk.url, "SELECT count(*) FROM public.kept WHERE id = 9"), "0");
}

/// Marked as applied by hand: the plan would skip it and find nothing to do.
#[test]
fn a_phase_that_somebody_marked_as_applied_is_not_nothing_to_do() {
    let desk = Desk::new("");
    desk.phase("1_first", "SELECT 1;\n");
    desk.migrate().expect(0, &[]);
    let second = "INSERT INTO public.kept VALUES (9, 'x');\n";
    desk.phase("2_second", second);
    let sum = phasegate::digest::Checksum::of(second.as_bytes()).hex();
    desk.sql(&format!(
        "INSERT INTO public.migration_log SELECT (jsonb_populate_record(l, jsonb_build_object('seq', 2, 'attempt', 2,
            'phase', '2_second', 'file', '2_second.sql', 'raw_sha256', '{sum}', 'normalised_sha256', '{sum}'))).*
         FROM public.migration_log l"
    ));
    desk.migrate().expect(1, &["the log was rewritten", "row 2"]);
}

/// A sequence that no column uses, as invoice numbers come from: set back, it gives out numbers a second time.
#[test]
fn a_sequence_of_its_own_that_was_set_back_is_named() {
    let desk = Desk::new("CREATE SEQUENCE public.invoice_numbers; SELECT setval('public.invoice_numbers', 500);");
    desk.phase("1_resets", "ALTER SEQUENCE public.invoice_numbers RESTART;\n");
    desk.migrate().expect(1, &["sequence_moved_back", "public.invoice_numbers"]);
    let desk = Desk::new("CREATE SEQUENCE public.invoice_numbers; SELECT setval('public.invoice_numbers', 500);");
    let declared = "-- phasegate: changes sequence public.invoice_numbers\n";
    desk.phase("1_resets", &format!("{declared}ALTER SEQUENCE public.invoice_numbers RESTART;\n"));
    desk.migrate().expect(0, &["sequence_moved_back"]);
    let desk = Desk::new("CREATE SEQUENCE public.invoice_numbers; SELECT setval('public.invoice_numbers', 500);");
    desk.phase("1_uses", "SELECT nextval('public.invoice_numbers');\n");
    desk.migrate().expect(0, &[]);
}

/// Large objects are no table: what is not looked at is said.
#[test]
fn large_objects_are_named_as_not_checked() {
    let desk = Desk::new("SELECT lo_from_bytea(0, 'abc');");
    desk.phase("1_phase", "SELECT 1;\n");
    desk.migrate().expect(0, &["large objects", "\"warn\""]);
}

/// `drops column public.*` names columns. A table that goes takes more than that with it.
#[test]
fn a_dropped_table_is_not_covered_by_dropped_columns() {
    let desk = Desk::new("CREATE TABLE public.other (id int PRIMARY KEY); INSERT INTO public.other VALUES (1);");
    desk.phase("1_drops", "-- phasegate: drops column public.*\nDROP TABLE public.other;\n");
    desk.migrate().expect(1, &["table_dropped", "public.other"]);
}

/// The partitions on this server hold rows that nobody compared.
#[test]
fn a_partitioned_table_with_a_foreign_part_is_not_go() {
    let desk = Desk::new(
        "CREATE TABLE public.parted (id int) PARTITION BY RANGE (id);
         CREATE TABLE public.here PARTITION OF public.parted FOR VALUES FROM (0) TO (100);
         INSERT INTO public.parted VALUES (1), (2);
         CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER far FOREIGN DATA WRAPPER nowhere;
         CREATE FOREIGN TABLE public.there PARTITION OF public.parted FOR VALUES FROM (100) TO (200) SERVER far;",
    );
    desk.phase("1_loses", "DELETE FROM public.here WHERE id = 2;\n");
    desk.migrate().expect(2, &["public.parted"]);
}

/// A rule in a folder below, or with its extension in capitals, was meant to be checked.
#[test]
fn rules_that_would_not_be_read_are_an_error() {
    for path in ["integrity_rules/more/users.toml", "integrity_rules/Users.TOML", "integrity_rules/users.yaml"] {
        let desk = Desk::new("");
        desk.write(path, "[rules.n]\ntable = \"kept\"\ncheck.row_count = { min = 6 }\n");
        desk.phase("1_phase", "SELECT 1;\n");
        desk.migrate().expect(2, &["would not be read"]);
    }
}

/// What is held against a run whose evidence was edited is held against nothing.
#[test]
fn verify_against_an_edited_journal_is_not_go() {
    let desk = Desk::new("");
    desk.phase("1_phase", "SELECT 1;\n");
    desk.migrate().expect(0, &[]);
    let run = std::fs::read_dir(desk.folder.path().join("snapshots")).unwrap().next().unwrap().unwrap().path();
    let journal = run.join("evidence.jsonl");
    let name = run.file_name().unwrap().to_str().unwrap().to_owned();
    desk.run(&["verify", "--against", &name]).expect(0, &[]);
    let text = std::fs::read_to_string(&journal).unwrap();
    std::fs::write(&journal, text.replacen("\"verdict\":\"pass\"", "\"verdict\":\"warn\"", 1)).unwrap();
    desk.run(&["verify", "--against", &name]).expect(2, &["verified_against"]);
}

/// "Nothing changed since" is no praise for what was there.
#[test]
fn verify_against_a_run_that_was_not_go_says_so() {
    let desk = Desk::new("");
    desk.phase("1_loses", LOSES_A_ROW);
    desk.migrate().expect(1, &LOST);
    let run = desk.runs()[0].file_name().unwrap().to_string_lossy().into_owned();
    desk.run(&["verify", "--against", &run]).expect(0, &["no-go"]);
}

/// A journal that was edited is not passed over: it may be the one that saw more of the log.
#[test]
fn an_edited_journal_is_a_fault_of_the_history() {
    let desk = Desk::new("");
    desk.phase("1_phase", "SELECT 1;\n");
    desk.migrate().expect(0, &[]);
    let journal = desk.runs()[0].join("evidence.jsonl");
    let text = std::fs::read_to_string(&journal).unwrap();
    std::fs::write(&journal, text.replace("1 rows, last hash", "0 rows, last hash")).unwrap();
    desk.run(&["log", "--verify"]).expect(1, &["evidence"]);
}

/// Two snapshots that both lack a table agree on nothing about it.
#[test]
fn a_table_that_neither_snapshot_could_read_is_not_equal() {
    let desk = Desk::new(
        "CREATE TABLE public.secret (id int); DROP ROLE IF EXISTS fg_reader; CREATE ROLE fg_reader LOGIN;
         GRANT SELECT ON public.kept TO fg_reader;",
    );
    let url = desk.url.replacen("postgres@", "fg_reader@", 1);
    assert_ne!(url, desk.url);
    desk.run(&["-d", &url, "snapshot", "take", "--name", "one"]).expect(2, &["not covered", "public.secret"]);
    desk.run(&["-d", &url, "snapshot", "take", "--name", "two"]).expect(2, &[]);
    desk.run(&["snapshot", "compare", "one", "two"]).expect(2, &["public.secret"]);
}

/// Who signs must see which gates were switched off.
#[test]
fn a_gate_that_is_switched_off_is_said_to_be() {
    let desk = Desk::new("");
    desk.write("phasegate.toml", "[gates.invalid_indexes]\nenabled = false\n");
    desk.phase("1_phase", "SELECT 1;\n");
    desk.migrate().expect(0, &["switched off", "invalid_indexes"]);
}

/// A snapshot that is not the one that the run wrote would call a loss "nothing changed".
#[test]
fn a_snapshot_of_a_run_that_was_edited_or_exchanged_is_nothing_to_be_held_against() {
    let desk = Desk::new("");
    let notes = "-- phasegate: changes data public.kept (note)\nUPDATE kept SET note = note || '!' WHERE id = 2;\n";
    desk.phase("1_notes", notes);
    desk.migrate().expect(0, &[]);
    let run = desk.runs()[0].clone();
    let name = run.file_name().unwrap().to_str().unwrap().to_owned();
    let against = |exit: i32, words: &[&str]| desk.run(&["verify", "--against", &name]).expect(exit, words);
    against(0, &[]);
    desk.run(&["snapshot", "check", &name]).expect(0, &[]);
    // The one before in the place of the one after, and the rows as they were then.
    let keep = desk.folder.path().join("kept_after");
    std::fs::rename(run.join("after"), &keep).unwrap();
    copy(&run.join("before"), &run.join("after"));
    desk.sql("UPDATE kept SET note = 'note 2' WHERE id = 2");
    against(2, &["verified_against"]);
    // A new one, taken when a row is gone.
    std::fs::remove_dir_all(run.join("after")).unwrap();
    desk.sql("UPDATE kept SET note = 'note 2!' WHERE id = 2; DELETE FROM kept WHERE id = 3");
    desk.run(&["snapshot", "take", "--name", "forged"]).expect(0, &[]);
    copy(&desk.folder.path().join("snapshots/forged"), &run.join("after"));
    against(2, &["verified_against"]);
    desk.run(&["snapshot", "check", &name]).expect(2, &["verified_against"]);
    // A name alone is that of the snapshot before; the one after goes by its place.
    let after = format!("{name}/after");
    desk.run(&["snapshot", "compare", &after, "forged"]).expect(2, &["verified_against"]);
    // And the loss itself, with the snapshot that the run wrote.
    std::fs::remove_dir_all(run.join("after")).unwrap();
    std::fs::rename(&keep, run.join("after")).unwrap();
    against(1, &["rows_deleted"]);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, to).unwrap();
        }
    }
}

/// A column and a constraint may have one name, and so may what is said of them.
#[test]
fn a_changed_comment_does_not_hide_behind_another_of_its_name() {
    for changed in ["COLUMN kept.same", "CONSTRAINT same ON kept", "TRIGGER same ON kept", "POLICY same ON kept"] {
        let desk = Desk::new(
            "ALTER TABLE kept ADD COLUMN same int; ALTER TABLE kept ADD CONSTRAINT same CHECK (id > 0);
             CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
             CREATE TRIGGER same BEFORE UPDATE ON kept FOR EACH ROW EXECUTE FUNCTION touch();
             CREATE POLICY same ON kept USING (id > 0);
             COMMENT ON COLUMN kept.same IS 'a'; COMMENT ON CONSTRAINT same ON kept IS 'b';
             COMMENT ON TRIGGER same ON kept IS 'c'; COMMENT ON POLICY same ON kept IS 'd';",
        );
        desk.phase("1_comment", &format!("COMMENT ON {changed} IS 'other';\n"));
        desk.migrate().expect(1, &["schema_changed", "public.kept.same", "other"]);
    }
}

/// A baseline of nothing would call everything equal from then on.
#[test]
fn a_database_without_a_table_does_not_become_the_baseline() {
    let desk = Desk::new("");
    desk.run(&["snapshot", "take", "--name", "golden"]).expect(0, &[]);
    let file = desk.folder.path().join("snapshots/golden/snapshot.json");
    let before = std::fs::read(&file).unwrap();
    desk.sql("DROP TABLE kept");
    desk.run(&["snapshot", "check", "golden", "--update"]).expect(1, &["table_dropped"]);
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

/// Who looks at a log that somebody rewrote must not be told that nothing stands in the way.
#[test]
fn a_rewritten_log_is_told_by_whatever_reads_it() {
    let desk = Desk::new("");
    desk.phase("1_phase", "SELECT 1;\n");
    desk.migrate().expect(0, &[]);
    for words in [&["plan"][..], &["status"], &["log"]] {
        let said = desk.run(words);
        said.expect(0, &[]);
        assert!(!said.text.contains("rewritten"), "{}", said.text);
    }
    desk.sql("ALTER TABLE migration_log DISABLE TRIGGER USER; UPDATE migration_log SET took_ms = 7 WHERE seq = 1");
    desk.run(&["plan"]).expect(1, &["the log was rewritten"]);
    desk.run(&["status"]).expect(1, &["the log was rewritten"]);
    desk.run(&["log"]).expect(0, &["the log was rewritten"]);
    desk.run(&["migrate"]).expect(1, &["the log was rewritten"]);
}

/// A slip in a name that is to be redacted would show its values.
#[test]
fn a_misspelt_column_to_redact_is_refused_before_anything_is_shown() {
    let desk = Desk::new("");
    desk.phase("1_phase", "DELETE FROM kept WHERE id = 3;\n");
    desk.run(&["migrate", "--redact", "kept.noet"]).expect(2, &["no column kept.noet to redact"]);
    assert!(!desk.folder.path().join("snapshots").exists(), "nothing was run");
    let adds = "-- phasegate: adds column public.kept.mail\nALTER TABLE kept ADD COLUMN mail text;\n";
    desk.phase("1_phase", adds);
    desk.run(&["migrate", "--redact", "kept.mail"]).expect(0, &[]);
}
