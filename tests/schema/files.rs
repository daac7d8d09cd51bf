//! Files as the program reads them, and as an editor hands them to a schema.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::Value;

use phasegate::config::{self, Overrides};
use phasegate::gates::declared::{self, loads, metrics};
use phasegate::rules;

/// A sort of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Config,
    Rules,
}

impl Sort {
    pub(crate) fn schema(self) -> &'static Value {
        static CONFIG: LazyLock<Value> = LazyLock::new(|| super::checker::schema("config"));
        static RULES: LazyLock<Value> = LazyLock::new(|| super::checker::schema("rules"));
        match self {
            Sort::Config => &CONFIG,
            Sort::Rules => &RULES,
        }
    }

    /// What the program has against a text of this sort: `line:column: message`.
    pub(crate) fn refusals(self, text: &str) -> Vec<String> {
        match self {
            Sort::Config => of_config(text),
            Sort::Rules => of_rules(text),
        }
    }
}

/// Whether something that a file names stands elsewhere: a rule that it combines, a file beside it.
pub(crate) fn is_elsewhere(refusal: &str) -> bool {
    refusal.contains("there is no rule") || refusal.contains("there is no such file")
}

fn of_config(text: &str) -> Vec<String> {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("phasegate.toml");
    std::fs::write(&path, text).unwrap();
    let overrides = Overrides { config: Some(path.clone()), ..Overrides::default() };
    let before = format!("{}:", path.display());
    match config::load(&overrides) {
        Ok(_) => Vec::new(),
        Err(error) => error.to_string().lines().map(|line| line.replace(&before, "")).collect(),
    }
}

fn of_rules(text: &str) -> Vec<String> {
    let file = [("f.toml", text)];
    let has = |table: &str| text.contains(table);
    let rules = rules::load_embedded(&file).err().map(|error| error.to_string());
    let others = [
        has("gates").then(|| declared::load_embedded(&file).err()).flatten(),
        has("loads").then(|| loads::load_embedded(&file).err()).flatten(),
        has("metrics").then(|| metrics::load_embedded(&file).err()).flatten(),
    ];
    let all = rules.into_iter().chain(others.into_iter().flatten().map(|error| error.to_string()));
    let mut lines: Vec<String> = all
        .flat_map(|error| error.lines().map(|line| line.replace("f.toml:", "")).collect::<Vec<_>>())
        // A file of gates alone is no file of rules, which is no fault.
        .filter(|line| !line.contains("the embedded rules"))
        .collect();
    lines.sort();
    lines.dedup();
    lines
}

/// A file as a schema sees it: dates are texts.
pub(crate) fn as_json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.clone().into(),
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Float(number) => (*number).into(),
        toml::Value::Boolean(flag) => (*flag).into(),
        toml::Value::Datetime(at) => at.to_string().into(),
        toml::Value::Array(list) => list.iter().map(as_json).collect(),
        toml::Value::Table(table) => {
            Value::Object(table.iter().map(|(key, value)| (key.clone(), as_json(value))).collect())
        }
    }
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Every file of the repository with this end, outside of what is built.
pub(crate) fn all(end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && !name.starts_with('.') && name != "target" && !path.is_symlink() {
                folders.push(path);
            } else if name.ends_with(end) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
