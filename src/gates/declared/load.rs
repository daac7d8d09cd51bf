//! From files to gates.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::declaration::{Complaints, Name, Problem, Source, unknown_kind};
use crate::verdict::Stage;

use super::PROBE_KINDS;
use super::gate::{DeclaredGate, GateToml};

/// All gates of a folder, in the order of its files. It may be empty: a platform may need none.
#[derive(Debug, Clone, Default)]
pub struct GateSet {
    /// The gates: by file name, then by their place in the file.
    pub gates: Vec<DeclaredGate>,
    sources: Vec<Source>,
}

/// Why no gates could be loaded; every problem of every file at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GateFileErrors {
    /// A folder or a file cannot be read.
    #[error("{path}: {reason}")]
    Unreadable {
        /// As it was given.
        path: String,
        /// In the system's words.
        reason: String,
    },
    /// Gates are wrong.
    #[error("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Problems {
        /// In the order of the files.
        problems: Vec<Problem>,
    },
}

impl GateSet {
    /// The gates that are measured at this stage.
    pub fn at(&self, stage: Stage) -> impl Iterator<Item = &DeclaredGate> {
        self.gates.iter().filter(move |gate| gate.stages.contains(&stage))
    }

    /// The file that a gate came from.
    pub fn file_of(&self, gate: &DeclaredGate) -> &str {
        &self.sources[gate.source].name
    }
}

/// Reads the gates of every `*.toml` file of the folder of rules, by name. Whatever else stands in a file is read with
/// the rules, which also says what has no place in one.
///
/// # Errors
/// [`GateFileErrors`] with every problem of every file, each at its line and column.
pub fn load(folder: &Path) -> Result<GateSet, GateFileErrors> {
    let unreadable = |path: &Path, error: std::io::Error| GateFileErrors::Unreadable {
        path: path.display().to_string(),
        reason: error.to_string(),
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        if !path.is_dir() && path.extension().is_some_and(|end| end == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, error))?;
        Ok(Source { name: path.display().to_string(), text })
    };
    from_sources(paths.iter().map(read).collect::<Result<_, _>>()?)
}

/// The same for files that are part of the program: name and text.
///
/// # Errors
/// As [`load`].
pub fn load_embedded(files: &[(&str, &str)]) -> Result<GateSet, GateFileErrors> {
    let source = |(name, text): &(&str, &str)| Source { name: (*name).to_owned(), text: (*text).to_owned() };
    let is_toml = |(name, _): &&(&str, &str)| Path::new(name).extension().is_some_and(|end| end == "toml");
    from_sources(files.iter().filter(is_toml).map(source).collect())
}

fn from_sources(sources: Vec<Source>) -> Result<GateSet, GateFileErrors> {
    let mut set = GateSet { gates: Vec::new(), sources };
    let mut problems = Vec::new();
    for (index, source) in set.sources.iter().enumerate() {
        let mut complaints = Complaints::default();
        set.gates.extend(gates(&source.text, index, &mut complaints));
        complaints.0.sort_by_key(|(span, _)| span.start);
        problems.extend(complaints.0.into_iter().map(|(span, message)| source.problem(&span, message)));
    }
    problems.extend(duplicates(&set));
    if problems.is_empty() { Ok(set) } else { Err(GateFileErrors::Problems { problems }) }
}

/// The gates of a file in their order; each is read apart, so that each says what is wrong with it.
fn gates(text: &str, source: usize, complaints: &mut Complaints) -> Vec<DeclaredGate> {
    // A syntax error is reported with the rules.
    let (document, _) = DeTable::parse_recoverable(text);
    let Some((_, value)) = document.into_inner().into_iter().find(|(name, _)| name.get_ref() == "gates") else {
        return Vec::new();
    };
    let span = value.span();
    let DeValue::Table(table) = value.into_inner() else {
        complaints.add(span, "gates must be a table: [gates.<id>]");
        return Vec::new();
    };
    let mut entries: Vec<(Name, Spanned<DeValue<'_>>)> =
        table.into_iter().map(|(id, value)| (Spanned::new(id.span(), id.into_inner().into_owned()), value)).collect();
    entries.sort_by_key(|(id, _)| id.span().start);
    entries.into_iter().filter_map(|(id, value)| one_gate(&id, value, source, complaints)).collect()
}

fn one_gate(
    id: &Name,
    value: Spanned<DeValue<'_>>,
    source: usize,
    complaints: &mut Complaints,
) -> Option<DeclaredGate> {
    let whole = value.span();
    if let Some((span, problem)) = unknown_kind(value.get_ref(), "probe", PROBE_KINDS, "docs/README.md") {
        complaints.add(span, format!("gate {}: {problem}", id.get_ref()));
        return None;
    }
    match GateToml::deserialize(ValueDeserializer::from(value)) {
        Ok(toml) => Some(DeclaredGate::from_toml(id, toml, source, complaints)),
        Err(error) => {
            let span = error.span().filter(|span| span.end > 0).unwrap_or(whole);
            let lines = error.message().split('\n').map(str::trim).filter(|line| !line.is_empty());
            let message = lines.collect::<Vec<_>>().join("; ");
            complaints.add(span, format!("gate {}: {message}", id.get_ref()));
            None
        }
    }
}

fn duplicates(set: &GateSet) -> Vec<Problem> {
    let mut first: BTreeMap<&str, &DeclaredGate> = BTreeMap::new();
    let mut problems = Vec::new();
    for gate in &set.gates {
        if let Some(earlier) = first.get(gate.id.as_str()) {
            let there = set.sources[earlier.source].problem(&earlier.span, "");
            let place = format!("{}:{}:{}", there.file, there.line, there.column);
            let message = format!("gate {} is already defined at {place}; ids are unique over all files", gate.id);
            problems.push(set.sources[gate.source].problem(&gate.span, message));
        } else {
            first.insert(&gate.id, gate);
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(text: &str) -> Vec<String> {
        match load_embedded(&[("g.toml", text)]) {
            Ok(set) => panic!("loaded {} gates", set.gates.len()),
            Err(errors) => errors.to_string().lines().map(str::to_owned).collect(),
        }
    }

    #[test]
    fn every_error_has_its_place() {
        let found = errors(
            "[gates.a]\nwhen = []\nprobe.path = { path = \"x\" }\n\n\
             [gates.b]\nwhen = [\"later\"]\nprobe.path = { path = \"x\" }\n\n\
             [gates.c]\nwhen = [\"before\"]\nprobe.pth = { path = \"x\" }\n\n\
             [gates.D]\nwhen = [\"before\"]\ntimeout = \"0\"\nprobe.path = { path = \"x\" }\n",
        );
        let expected = [
            "g.toml:2:8: when names no stage; the gate would never be measured; there are: preflight, before, ",
            "g.toml:6:9: gate b: unknown variant `later`, expected one of `preflight`, `before`",
            "g.toml:11:7: gate c: there is no probe \"pth\"; nearest: path, ",
            "g.toml:13:8: gate id \"D\": use lower-case letters",
            "g.toml:15:11: a time of 0 leaves nothing",
        ];
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{found}\n  is not\n{expected}");
        }
    }

    #[test]
    fn ids_are_unique_over_all_files() {
        let gate = "[gates.a]\nwhen = [\"before\"]\nprobe.path = { path = \"x\" }\n";
        let error = load_embedded(&[("a.toml", gate), ("b.toml", gate)]).unwrap_err().to_string();
        assert_eq!(error, "b.toml:1:8: gate a is already defined at a.toml:1:8; ids are unique over all files");
    }

    #[test]
    fn a_folder_of_rules_alone_has_no_gates() {
        assert!(load_embedded(&[("a.toml", "[rules.x]\n"), ("b.sql", "SELECT 1")]).unwrap().gates.is_empty());
    }
}
