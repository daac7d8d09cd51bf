//! Planted defects: each is a folder of `tests/defects` with the SQL that plants it (`plant.sql`) and everything that
//! phasegate then complains of, and nothing else: where the defect happens in a phase (`expected.txt`), and where it
//! happens after a clean migration (`expected_after.txt`).
//!
//! `UPDATE=1 cargo test --test defects` writes the expected files anew. Read the difference before committing it.

#![allow(clippy::unwrap_used, reason = "a test stops at its first surprise")]

mod common;

use std::path::{Path, PathBuf};

use common::portal::{Portal, Said};
use phasegate::platform;
use phasegate::snapshot::{self, Snapshot, TableSnapshot};
use phasegate::verdict::Verdict;

/// Silences triggers and foreign keys, as bulk loading does: the defect comes without the trail that triggers write.
const SILENT: &str = "SET LOCAL session_replication_role = replica;\n";

/// Where in the migration a defect happens.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// In a phase of its own that declares nothing.
    OwnPhase,
    /// At the end of the third phase, which declares a lot, with all triggers at work.
    DataPhase,
}

use Place::{DataPhase, OwnPhase};

macro_rules! cases {
    ($($name:ident in $places:expr;)*) => {
        const CASES: &[&str] = &[$(stringify!($name)),*];
        $(mod $name {
            #[test]
            fn is_named_when_it_happens_in_a_phase() {
                super::during(stringify!($name), &$places);
            }

            #[test]
            fn is_named_when_it_happens_after_the_run() {
                super::after(stringify!($name));
            }
        })*
    };
}

cases! {
    // The fourteen of the reference platform.
    lost_row in [super::OwnPhase, super::DataPhase];
    orphan in [super::OwnPhase];
    value_off_by_a_penny in [super::OwnPhase, super::DataPhase];
    values_swapped in [super::OwnPhase, super::DataPhase];
    duplicate_replaces_row in [super::OwnPhase, super::DataPhase];
    column_rounded in [super::OwnPhase, super::DataPhase];
    column_dropped in [super::OwnPhase, super::DataPhase];
    trigger_disabled in [super::OwnPhase, super::DataPhase];
    index_invalid in [super::OwnPhase];
    constraint_not_valid in [super::OwnPhase, super::DataPhase];
    orphan_under_validated_constraint in [super::OwnPhase];
    sequence_behind in [super::OwnPhase, super::DataPhase];
    null_to_empty in [super::OwnPhase, super::DataPhase];
    sign_flipped in [super::OwnPhase, super::DataPhase];
    // Beside what the phases declare: a declaration covers what it names and nothing next to it.
    changed_where_rows_are_inserted in [super::OwnPhase, super::DataPhase];
    lost_where_rows_are_inserted in [super::OwnPhase, super::DataPhase];
    lost_where_values_change in [super::OwnPhase, super::DataPhase];
    changed_beside_declared_columns in [super::OwnPhase, super::DataPhase];
    changed_in_column_declared_elsewhere in [super::OwnPhase, super::DataPhase];
}

#[test]
fn the_clean_run_has_nothing_to_complain_of() {
    let portal = Portal::before();
    let said = portal.migrate();
    assert_eq!(said.complaints(), "exit 0\n");
    assert!(said.facts.len() > 100, "{} facts: what was checked?", said.facts.len());
    assert_eq!(portal.verify(&said.run_id).complaints(), "exit 0\n");
}

#[test]
fn every_folder_is_a_case() {
    let mut folders: Vec<String> =
        std::fs::read_dir(folder("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let mut cases = CASES.to_vec();
    folders.sort();
    cases.sort_unstable();
    assert_eq!(folders, cases);
}

/// The rows and figures that the data phase declares to be held to: each line turns red when the data deviate.
#[test]
fn what_the_data_phase_promises_is_held_to() {
    for (plant, check, subject, measured) in [
        (
            "INSERT INTO public.product_owner_products SELECT 1, max(id), 50 FROM public.product_owners;",
            "rows_moved",
            "public.products",
            "1 row too many",
        ),
        (
            "DELETE FROM public.product_owner_products WHERE product_id = 2;",
            "rows_moved",
            "public.products",
            "1 row lost",
        ),
        (
            "UPDATE public.client_notes SET body = body || '.' WHERE id = 1;",
            "rows_moved",
            "public.client_notes.body",
            "as many rows, but public.client_notes.body has other values than notes had",
        ),
        (
            "UPDATE public.profiles SET phone = '' WHERE ctid IN (SELECT ctid FROM public.profiles WHERE phone IS NULL LIMIT 1);",
            "figure_expected",
            "public.profiles.phone",
            "nulls",
        ),
        (
            "UPDATE public.portfolios SET calculated_value = calculated_value + 0.01 WHERE id = 1;",
            "figure_expected",
            "public.portfolios.calculated_value",
            "sum",
        ),
        ("DELETE FROM public.workflow_tasks;", "rows_expected", "public.workflow_tasks inserts", "0 rows"),
    ] {
        let portal = Portal::before();
        portal.append_to_phase("03_data_migrations.sql", plant);
        let said = portal.migrate();
        assert_eq!(said.exit, 1, "{plant}: {}", said.complaints());
        let found = said.facts.iter().find(|fact| {
            fact.check == check && fact.subject == subject && fact.verdict == phasegate::verdict::Verdict::Fail
        });
        let found = found.unwrap_or_else(|| panic!("{plant}: {}", said.complaints()));
        assert!(found.measured.starts_with(measured), "{plant}: {}", found.measured);
    }
}

/// A constraint that a phase declares to add, and adds, and forgets to validate: the declaration does not excuse it.
#[test]
fn a_declared_constraint_that_nobody_validated_is_named() {
    const FORGOTTEN: &str = "ALTER TABLE public.product_owners VALIDATE CONSTRAINT product_owners_user_id_fkey;";
    let (name, text) = platform::PHASES[4];
    assert!(text.contains(FORGOTTEN));
    let portal = Portal::before();
    portal.write_phase(name, &text.replace(FORGOTTEN, ""));
    let expected = "exit 1\nfail gate_after not_valid_constraints constraints: 1\n    \
                    product_owners_user_id_fkey on public.product_owners | NOT VALID: rows from before it are not checked\n";
    assert_eq!(portal.migrate().complaints(), expected);
}

/// The real way to an invalid index: its build fails in the middle. The phase says so, and `verify` names what it left.
#[test]
fn an_index_whose_build_failed_is_named() {
    let portal = Portal::before();
    let text = "-- phasegate: transaction = none\n-- phasegate: adds index public.holdings_one_idx\n\
                CREATE UNIQUE INDEX CONCURRENTLY holdings_one_idx ON public.holdings (fund_id);\n";
    portal.write_phase("06_defect.sql", text);
    let said = portal.migrate();
    let complaints = said.complaints();
    assert!(complaints.starts_with("exit 4\nfail phase phase 06_defect\n"), "{complaints}");
    let expected = "exit 1\nfail gate_after invalid_indexes indexes: 1\n    public.holdings_one_idx | ";
    let complaints = portal.phasegate_json(&["verify"]).complaints();
    assert!(complaints.starts_with(expected), "{complaints}");
    assert_eq!(complaints.lines().count(), 3, "{complaints}");
}

/// Two values change places: every count, sum and bound is what it was. A tool that compares those sees nothing.
#[test]
fn only_the_digest_sees_swapped_values() {
    let (before, after) = sides("values_swapped", "public.holdings");
    assert_eq!(before.rows, after.rows);
    for (was, is) in before.columns.iter().zip(&after.columns) {
        assert_eq!((was.nulls, &was.min, &was.max, &was.sum), (is.nulls, &is.min, &is.max, &is.sum), "{}", was.name);
        assert_eq!(was.digest != is.digest, was.name == "book_cost", "{}", was.name);
    }
    assert_ne!(before.row_digest, after.row_digest);
    assert!(before.column("book_cost").unwrap().sum.is_some(), "a sum that is not made cannot be equal");
}

/// A row is overwritten with the content of another: as many rows, and every sum is what it was.
#[test]
fn only_the_digest_sees_a_duplicate_in_place_of_a_row() {
    let (before, after) = sides("duplicate_replaces_row", "public.transactions");
    assert_eq!(before.rows, after.rows);
    let mut changed = Vec::new();
    for (was, is) in before.columns.iter().zip(&after.columns) {
        assert_eq!((was.nulls, &was.min, &was.max, &was.sum), (is.nulls, &is.min, &is.max, &is.sum), "{}", was.name);
        if was.digest != is.digest {
            changed.push(was.name.as_str());
        }
    }
    assert!(!changed.is_empty() && before.row_digest != after.row_digest, "{changed:?}");
    for column in ["amount", "units", "portfolio_id"] {
        assert!(before.column(column).unwrap().sum.is_some(), "{column}: a sum that is not made cannot be equal");
    }
}

/// Without row fingerprints no key can be named, and where rows came by declaration, the rows that stayed cannot be
/// told from them. Then it is said so; it is never green.
#[test]
fn without_row_fingerprints_nothing_is_green() {
    const UNPROVEN: &str = "not evaluated difference data public.activity_log\n";
    let lost = "fail rule transactions_are_there public.transactions: 1\n";
    let lost = format!(
        "exit 1\n{lost}{UNPROVEN}fail difference rows_deleted public.transactions: 1\n\
         not evaluated difference data public.transactions\n"
    );
    let swapped = format!("exit 1\n{UNPROVEN}fail difference values_changed public.holdings.book_cost\n");
    let changed = format!("exit 2\n{UNPROVEN}");
    let cases = [("lost_row", lost), ("values_swapped", swapped), ("changed_where_rows_are_inserted", changed)];
    for (name, expected) in cases {
        let portal = Portal::before();
        portal.configure("[measure]\nrow_fingerprints = 0\n");
        portal.append_to_phase("03_data_migrations.sql", &plant(name));
        assert_eq!(portal.migrate().complaints(), expected, "{name}");
    }
}

/// The remedy is a setting that the configuration has, and it does what it says.
#[test]
fn the_remedy_for_missing_row_fingerprints_names_the_rows() {
    let migrate = |settings: &str| {
        let portal = Portal::before();
        portal.configure(&format!("[measure]\n{settings}\n"));
        portal.append_to_phase("03_data_migrations.sql", &plant("changed_where_rows_are_inserted"));
        portal.migrate()
    };
    for without in ["row_fingerprints = 0", "digest = \"sha256\""] {
        let said = migrate(without);
        let fact =
            said.facts.iter().find(|fact| fact.subject == "public.activity_log" && fact.check == "data").unwrap();
        assert_eq!(fact.verdict, Verdict::NotEvaluated, "{without}");
        let remedy = fact.remedy.as_deref().unwrap();
        let (_, setting) = remedy.split_once("take both snapshots with ").unwrap();
        let (setting, _) = setting.split_once(" (").unwrap();
        let said = migrate(setting.trim_end_matches(" or more"));
        let found =
            said.facts.iter().find(|fact| fact.verdict == Verdict::Fail && fact.check == "values_changed").unwrap();
        assert!(found.subject.starts_with("public.activity_log.") && !found.samples.is_empty(), "{found:?}");
    }
}

/// The defect happens in a phase: `migrate` refuses its blessing and names it, the same wherever it happens.
fn during(name: &str, places: &[Place]) {
    let path = folder(name).join("expected.txt");
    for (number, place) in places.iter().enumerate() {
        let (_, said) = migrate_with(name, *place);
        expect(&said, &path, &format!("{name} in {place:?}"), updates() && number == 0);
    }
}

/// The defect happens after a clean migration: `verify --against` the run names it.
fn after(name: &str) {
    let (portal, run) = Portal::migrated();
    portal.sql(&format!("{SILENT}{}", plant(name)));
    expect(&portal.verify(&run), &folder(name).join("expected_after.txt"), name, updates());
}

fn migrate_with(name: &str, place: Place) -> (Portal, Said) {
    let portal = Portal::before();
    match place {
        OwnPhase => portal.write_phase("06_defect.sql", &format!("{SILENT}{}", plant(name))),
        DataPhase => portal.append_to_phase("03_data_migrations.sql", &plant(name)),
    }
    let said = portal.migrate();
    (portal, said)
}

/// The table before and after a migration with this defect in its data phase.
fn sides(name: &str, table: &str) -> (TableSnapshot, TableSnapshot) {
    let (portal, said) = migrate_with(name, DataPhase);
    assert_eq!(said.exit, 1, "{}", said.complaints());
    let run = portal.snapshots().join(&said.run_id);
    let side = |moment: &str| -> TableSnapshot {
        let taken: Snapshot = snapshot::load(&run.join(moment)).unwrap();
        taken.table(table).unwrap().clone()
    };
    (side("before"), side("after"))
}

/// Compares what is complained of with what is written down.
fn expect(said: &Said, path: &Path, about: &str, update: bool) {
    let complaints = said.complaints();
    assert_eq!(said.exit, 1, "{about}: a defect is a no-go\n{complaints}");
    if update {
        std::fs::write(path, &complaints).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(complaints, expected, "{about}\n(UPDATE=1 writes {} anew)", path.display());
}

fn updates() -> bool {
    std::env::var_os("UPDATE").is_some()
}

fn plant(name: &str) -> String {
    std::fs::read_to_string(folder(name).join("plant.sql")).unwrap()
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("defects").join(name)
}
