//! The format of a snapshot's file: what an older phasegate does with a newer file, and a newer one with an older file,
//! is an error or the truth, never a misreading.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use phasegate::digest::{Checksum, Digest};
use phasegate::evidence::Evidence;
use phasegate::phase::{Change, Declared, Move, ObjectKind, Side};
use phasegate::snapshot::{
    self, Buckets, Cause, ExcludedColumn, FORMAT_VERSION, FingerprintFile, MoveSnapshot, MovedRows, MovedTable,
    MovedValue, NotCovered, SequencePosition, Snapshot, StoredRows, Values, compare,
};
use phasegate::verdict::Verdict;
use serde_json::{Map, Value};

/// Maps whose keys are names of things, not fields.
const NAMED: [&str; 2] = ["pinned_settings", "sequences"];

fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/reference-scale-1")
}

/// The committed example, with everything in it that a snapshot can have.
fn full() -> Snapshot {
    let mut full = snapshot::load(&committed()).unwrap();
    full.tables.truncate(1);
    full.schema.objects.truncate(1);
    full.schema.objects[0].of = Some("public.t".into());
    full.tables[0].columns.truncate(1);
    full.tables[0].fingerprints =
        Some(FingerprintFile { file: "rows/t.rows.gz".into(), rows: 1, checksum: Checksum::of(b"") });
    full.tables[0].buckets = Some(Buckets { rows: vec![1], digests: vec![Digest(1)], select: Some("SELECT".into()) });
    full.not_covered = vec![NotCovered { name: "public.x".into(), cause: Cause::Failed, reason: "none".into() }];
    full.excluded_columns = vec![ExcludedColumn { column: "public.t.x".into(), reason: "none".into() }];
    full.sequences_not_seen = full.not_covered.clone();
    full.sequences = [("public.s".to_owned(), SequencePosition { next: 1, increment: 1 })].into();
    let side = || Side { table: "public.t".into(), condition: Some("true".into()), values: vec!["a".into()] };
    let value = MovedValue { place: 0, form: "int".into(), digest: Digest(1) };
    let rows = MovedRows { rows: 1, row_digest: Some(Digest(1)), values: vec![value] };
    let table =
        MovedTable { table: "public.t".into(), problem: Some("none".into()), part: rows.clone(), rest: Some(rows) };
    full.moves = vec![MoveSnapshot {
        declared: Move { is_copy: false, sources: vec![side()], targets: vec![side()] },
        values: Values { names: vec!["a".into()], key: vec![0] },
        tables: vec![table],
    }];
    full
}

/// The path of every field below this value; `[]` stands for any element, `*` for any name.
fn fields(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| fields(value, &format!("{path}[]"), found)),
        Value::Object(object) => {
            for (name, value) in object {
                let name = if is_named(path) { "*" } else { name };
                let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                fields(value, &path, found);
                found.insert(path);
            }
        }
        _ => {}
    }
}

fn is_named(path: &str) -> bool {
    NAMED.contains(&path)
}

#[test]
fn a_field_that_comes_or_goes_raises_the_number_of_the_format() {
    let mut found = BTreeSet::new();
    fields(&serde_json::to_value(full()).unwrap(), "", &mut found);
    let found: Vec<String> = found.into_iter().collect();
    let known: Vec<&str> = include_str!("snapshot_format/fields.txt").lines().collect();
    let (format, fields) = known.split_first().unwrap();
    assert_eq!(*format, format!("format {FORMAT_VERSION}"), "write down the fields of this format");
    assert_eq!(fields, found, "the fields of a snapshot are others: raise FORMAT_VERSION, then correct the list");
}

/// Puts a field that nobody knows into every object, one after the other.
fn with_a_field_more(value: &Value, path: &str, told: &mut Vec<(String, Value)>) {
    let mut inner = Vec::new();
    match value {
        Value::Array(values) => {
            for (at, value) in values.iter().enumerate() {
                with_a_field_more(value, &format!("{path}[]"), &mut inner);
                told.extend(inner.drain(..).map(|(path, changed)| {
                    let mut values = values.clone();
                    values[at] = changed;
                    (path, Value::Array(values))
                }));
            }
        }
        Value::Object(object) => {
            for (name, value) in object {
                with_a_field_more(value, &format!("{path}.{name}"), &mut inner);
                told.extend(inner.drain(..).map(|(path, changed)| (path, with(object, name, changed))));
            }
            if !is_named(path.trim_start_matches('.')) {
                told.push((path.to_owned(), with(object, "unheard_of", 1.into())));
            }
        }
        _ => {}
    }
}

fn with(object: &Map<String, Value>, name: &str, value: Value) -> Value {
    let mut object = object.clone();
    object.insert(name.to_owned(), value);
    Value::Object(object)
}

fn load(value: &Value) -> Result<Snapshot, String> {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join(snapshot::FILE), value.to_string()).unwrap();
    snapshot::load(directory.path()).map_err(|error| error.to_string())
}

#[test]
fn what_a_newer_phasegate_added_is_refused_wherever_it_stands() {
    let full = serde_json::to_value(full()).unwrap();
    assert!(load(&full).is_ok());
    let mut changed = Vec::new();
    with_a_field_more(&full, "", &mut changed);
    let places: BTreeSet<&str> = changed.iter().map(|(path, _)| path.as_str()).collect();
    for place in ["", ".tables[]", ".tables[].columns[]", ".moves[].declared.sources[]", ".sequences.public.s"] {
        assert!(places.contains(place), "{place} is not among {places:?}");
    }
    for (path, changed) in &changed {
        let error = load(changed).expect_err(path);
        assert!(error.contains("unheard_of"), "{path}: {error}");
    }
    let newer = with(full.as_object().unwrap(), "format_version", (FORMAT_VERSION + 1).into());
    let error = load(&newer).unwrap_err();
    assert!(
        error.contains(&format!("has format {}", FORMAT_VERSION + 1)) && error.contains("newer phasegate"),
        "{error}"
    );
}

/// What is not as it should be, from a snapshot of format 2 to one of today.
fn since_format_2(change: impl Fn(&mut Snapshot), declared: Vec<Change>) -> Vec<Evidence> {
    let mut old = snapshot::load(&committed()).unwrap();
    old.format_version = 2;
    // No bounds of booleans.
    for column in old.tables.iter_mut().flat_map(|table| &mut table.columns).filter(|column| column.form == "bool") {
        (column.min, column.max) = (None, None);
    }
    let old = load(&serde_json::to_value(old).unwrap()).unwrap();
    let mut new = snapshot::load(&committed()).unwrap();
    change(&mut new);
    let rows = StoredRows::new(committed());
    let declared = Declared { changes: declared, ..Declared::default() };
    let mut found = compare(&old, &new, &rows, &rows, &declared, &Default::default());
    found.retain(|fact| fact.verdict != Verdict::Pass);
    found
}

#[test]
fn a_snapshot_of_format_2_is_compared_as_far_as_it_goes() {
    let is_bool = |table: &snapshot::TableSnapshot| {
        let column = table.columns.iter().find(|column| column.form == "bool" && column.nulls == 0)?;
        Some((table.name.clone(), column.name.clone()))
    };
    let example = snapshot::load(&committed()).unwrap();
    let (table, column) = example.tables.iter().find_map(is_bool).unwrap();
    let name = format!("{table}.{column}");
    assert_eq!(since_format_2(|_| {}, Vec::new()), Vec::new());
    // A figure that it has not is not a figure that stayed.
    let keeps = Change::Keeps { aggregate: phasegate::phase::Aggregate::Max, of: name.clone() };
    let found = since_format_2(|_| {}, vec![keeps]);
    assert_eq!((found.len(), found[0].verdict), (1, Verdict::NotEvaluated), "{found:?}");
    // A rename of which it is not known that the values say anything.
    let renamed = format!("{name}_now");
    let rename = |new: &mut Snapshot| {
        let columns = new.tables.iter_mut().filter(|known| known.name == table).flat_map(|table| &mut table.columns);
        columns.filter(|known| known.name == column).for_each(|known| known.name += "_now");
        let objects = new.schema.objects.iter_mut().filter(|object| object.name == name);
        objects.for_each(|object| object.name.clone_from(&renamed));
    };
    let declared = vec![
        Change::Drops(ObjectKind::Column, name.clone()),
        Change::Adds(ObjectKind::Column, renamed.clone()),
        Change::Drops(ObjectKind::Comment, name.clone()),
        Change::Adds(ObjectKind::Comment, renamed.clone()),
    ];
    let found = since_format_2(rename, declared);
    let told = found.iter().find(|fact| fact.check == "column_renamed").unwrap();
    assert_eq!((told.verdict, told.subject.as_str()), (Verdict::Warn, name.as_str()), "{found:?}");
}

#[test]
fn a_sequence_that_one_side_could_not_see_is_not_evaluated() {
    let mut seen = snapshot::load(&committed()).unwrap();
    seen.sequences = [("public.s".to_owned(), SequencePosition { next: 7, increment: 1 })].into();
    let mut unseen = seen.clone();
    unseen.sequences = BTreeMap::new();
    unseen.sequences_not_seen =
        vec![NotCovered { name: "public.s".into(), cause: Cause::Unsuited, reason: "not for this role".into() }];
    let rows = StoredRows::new(committed());
    for (before, after, when) in [(&seen, &unseen, "after"), (&unseen, &seen, "before")] {
        let found = compare(before, after, &rows, &rows, &Declared::default(), &Default::default());
        let fact = found.iter().find(|fact| fact.check == "sequence_moved_back").unwrap();
        assert_eq!((fact.verdict, fact.subject.as_str()), (Verdict::NotEvaluated, "public.s"));
        assert!(fact.measured.contains(&format!("not seen {when}: not for this role")), "{}", fact.measured);
    }
}
