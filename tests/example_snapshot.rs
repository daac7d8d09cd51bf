//! The committed example, `snapshots/reference-scale-1`: what `phasegate snapshot take` says of the reference platform
//! after its Phase 2, at scale 1, with the platform's clock fixed. It is made again here, and must be the same.
//!
//! `UPDATE=1 cargo test --test example_snapshot` writes it anew. Read the difference before committing it: whatever
//! moved is a change of the platform, of its phases, or of what a snapshot is.

#![allow(clippy::unwrap_used, reason = "a test stops at its first surprise")]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::portal::Portal;
use flate2::read::GzDecoder;
use phasegate::phase::Declared;
use phasegate::snapshot::{self, CompareOptions, StoredRows};
use phasegate::verdict::Verdict;
use serde_json::Value;

const NAME: &str = "reference-scale-1";
/// Keeps the example below 1 MB: row fingerprints of the smaller tables only.
const CONFIG: &str = "[measure]\nrow_fingerprints = 1000\n";
const LARGEST: u64 = 1_000_000;
/// What says when and where a snapshot was taken, not what the database held.
const CIRCUMSTANCES: [&str; 4] = ["taken_at", "lsn", "server_version", "database"];

#[test]
fn the_committed_example_is_what_the_platform_gives_today() {
    let portal = Portal::before();
    portal.fix_clock();
    let said = portal.migrate();
    assert_eq!(said.complaints(), "exit 0\n");
    portal.configure(CONFIG);
    let output = portal.phasegate(&["snapshot", "take", "--name", NAME]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (made, committed) = (portal.snapshots().join(NAME), committed());
    if std::env::var_os("UPDATE").is_some() && (!committed.exists() || files(&committed) != files(&made)) {
        replace(&committed, &made);
    }
    assert_no_data_differs(&committed, &made);
    if major(&committed) == major(&made) {
        assert_same_files(&committed, &made);
    }
    let bytes: u64 = paths(&committed).iter().map(|path| path.metadata().unwrap().len()).sum();
    assert!(bytes < LARGEST, "{bytes} bytes are too many to commit");
}

/// By phasegate's own judgement. Another major version of the server may word a definition in another way, and has
/// other privileges; the data must be the same on all.
fn assert_no_data_differs(committed: &Path, made: &Path) {
    let (mut old, new) = (snapshot::load(committed).unwrap(), snapshot::load(made).unwrap());
    if major(committed) != major(made) {
        old.schema = new.schema.clone();
    }
    let (old_rows, new_rows) = (StoredRows::new(committed), StoredRows::new(made));
    let options = CompareOptions::default();
    let facts = snapshot::compare(&old, &new, &old_rows, &new_rows, &Declared::default(), &options);
    let said: Vec<_> = facts.iter().map(|fact| (fact.check.as_str(), fact.verdict)).collect();
    assert_eq!(said, [("schema_unchanged", Verdict::Pass), ("data_unchanged", Verdict::Pass)], "{facts:#?}");
    assert_eq!(old.tables.len(), 17, "what was compared?");
}

/// By their bytes, so that the format cannot move unnoticed either.
fn assert_same_files(committed: &Path, made: &Path) {
    let (old, new) = (files(committed), files(made));
    assert_eq!(old.keys().collect::<Vec<_>>(), new.keys().collect::<Vec<_>>());
    for (name, old) in &old {
        assert!(old == &new[name], "{}: {}", name.display(), first_difference(old, &new[name]));
    }
}

fn major(snapshot: &Path) -> String {
    let version = snapshot::load(snapshot).unwrap().server_version;
    version.split(['.', ' ']).next().unwrap().to_owned()
}

/// The files by their paths; of `snapshot.json` without the circumstances, else as it lies.
fn files(root: &Path) -> BTreeMap<PathBuf, String> {
    let text = |path: &Path| {
        // The text of a packed file: another version of the compressor may pack it in another way.
        let text = match path.extension().is_some_and(|end| end == "gz") {
            true => std::io::read_to_string(GzDecoder::new(std::fs::File::open(path).unwrap())).unwrap(),
            false => std::fs::read_to_string(path).unwrap(),
        };
        if path.ends_with("snapshot.json") { without_circumstances(&text) } else { text }
    };
    let named = |path: &PathBuf| (path.strip_prefix(root).unwrap().to_owned(), text(path));
    paths(root).iter().map(named).collect()
}

fn paths(root: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { &mut folders } else { &mut found }.push(path);
        }
    }
    found
}

/// The lines of the circumstances say nothing but that they are there.
fn without_circumstances(text: &str) -> String {
    let parsed: Value = serde_json::from_str(text).unwrap();
    for name in CIRCUMSTANCES {
        assert!(parsed.get(name).is_some(), "{name} is missing");
    }
    let is_one = |line: &str, name: &str| line.starts_with(&format!("  \"{name}\": "));
    let mut out = String::new();
    for line in text.lines() {
        match CIRCUMSTANCES.iter().find(|name| is_one(line, name)) {
            Some(name) => out += &format!("  \"{name}\"\n"),
            None => out += &format!("{line}\n"),
        }
    }
    out
}

fn first_difference(old: &str, new: &str) -> String {
    let pairs = old.lines().zip(new.lines()).enumerate();
    let Some((number, (old, new))) = pairs.into_iter().find(|(_, (old, new))| old != new) else {
        return format!("{} lines committed, {} made", old.lines().count(), new.lines().count());
    };
    format!("line {}:\n  committed: {old}\n  made:      {new}", number + 1)
}

fn replace(committed: &Path, made: &Path) {
    if committed.exists() {
        std::fs::remove_dir_all(committed).unwrap();
    }
    for path in paths(made) {
        let to = committed.join(path.strip_prefix(made).unwrap());
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(path, to).unwrap();
    }
}

fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots").join(NAME)
}
