//! From files to gates.

use std::path::Path;

use crate::declaration::{Complaints, Name, Shape, Source};
use crate::verdict::Stage;

use super::files::{self, Declaration, GateFileErrors};
use super::gate::{DeclaredGate, GateToml};
use super::written::GATE;

/// All gates of a folder, in the order of its files. It may be empty: a platform may need none.
#[derive(Debug, Clone, Default)]
pub struct GateSet {
    /// The gates: by file name, then by their place in the file.
    pub gates: Vec<DeclaredGate>,
    sources: Vec<Source>,
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

/// Reads the gates of every `*.toml` file of the folder of rules, by name. Whatever else stands in a file is read by
/// others.
///
/// # Errors
/// [`GateFileErrors`] with every problem of every file, each at its line and column.
pub fn load(folder: &Path) -> Result<GateSet, GateFileErrors> {
    from_sources(files::sources(folder)?)
}

/// The same for files that are part of the program: name and text.
///
/// # Errors
/// As [`load`].
pub fn load_embedded(files: &[(&str, &str)]) -> Result<GateSet, GateFileErrors> {
    from_sources(files::embedded(files))
}

fn from_sources(sources: Vec<Source>) -> Result<GateSet, GateFileErrors> {
    Ok(GateSet { gates: files::read(&sources)?, sources })
}

impl Declaration for DeclaredGate {
    const TABLE: &'static str = "gates";
    const WORD: &'static str = "gate";
    const SHAPE: Shape = GATE;
    type Toml = GateToml;

    fn from_toml(id: &Name, toml: GateToml, source: usize, complaints: &mut Complaints) -> DeclaredGate {
        DeclaredGate::from_toml(id, toml, source, complaints)
    }
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
            "g.toml:2:8: gate a: `when` lists nothing; it takes a list of \"preflight\", \"before\", ",
            "g.toml:6:9: gate b: an entry of `when` is \"later\"; did you mean after? there are: preflight, ",
            "g.toml:11:7: gate c: there is no probe \"pth\"; nearest: path, ",
            "g.toml:13:8: gate id \"D\": use lower-case letters",
            "g.toml:15:11: gate D: `timeout` is \"0\"; it takes a time above 0",
        ];
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{found}\n  is not\n{expected}");
        }
    }

    /// Each would be green whatever the platform is like.
    #[test]
    fn what_could_never_turn_red_is_refused() {
        for (probe, expected) in [
            ("replication = { max_lag_mb = 16 }", "max_lag_mb needs min_standbys"),
            ("replication = { allow_inactive = true }", "replication demands nothing"),
            ("connections = { users = 4, min_free = 9, through = \"POOLER\" }", "min_free is of the server itself"),
            ("process = { name = \"typo\", min = 0, max_memory_mb = 9 }", "process demands nothing"),
            ("query_plan = { sql = \"SELECT 1\", forbid = [\"Seq scan t\"] }", "\"Seq scan t\" is no step of a plan"),
            ("query_plan = { sql = \"SELECT 1\", max_misestimate = nan }", "`max_misestimate` is nan"),
            (
                "http = { url = \"http://x\", requests = [{ same_as_before = true }] }",
                "same_as_before needs before and",
            ),
            ("http = { url = \"http://x\", requests = [{ ignore = [\"/at\"] }] }", "ignore is for same_as_before"),
            ("path = { path = \"x\", is = \"folder\", min_bytes = 1 }", "min_bytes and contains are of a file"),
        ] {
            let found = errors(&format!("[gates.a]\nwhen = [\"before\"]\nprobe.{probe}\n"));
            assert!(found.iter().any(|found| found.contains(expected)), "{probe}: {found:?}");
        }
    }

    /// What was written wrongly is not repeated where it may hold a password.
    #[test]
    fn a_password_is_not_repeated() {
        for probe in ["http = { url = \"ftp://dba:never@x\" }", "tls = { of = \"postgresql://dba:never@db1/portal\" }"]
        {
            let found = errors(&format!("[gates.a]\nwhen = [\"before\"]\nprobe.{probe}\n"));
            assert!(found.len() == 1 && !found[0].contains("never"), "{found:?}");
        }
    }

    #[test]
    fn what_is_wrong_as_a_whole_stands_where_the_name_does() {
        let found = errors(
            "[gates.a]\nwhen = [\"before\"]\nprobe.path = { path = \"x\" }\n\n[gates.b]\nwhen = [\"before\"]\nprobe.env = {}\n",
        );
        assert_eq!(found, ["g.toml:5:8: env names no variable; nothing would be checked"]);
    }

    #[test]
    fn ids_are_unique_over_all_files() {
        let gate = "[gates.a]\nwhen = [\"before\"]\nprobe.path = { path = \"x\" }\n";
        let error = load_embedded(&[("a.toml", gate), ("b.toml", gate)]).unwrap_err().to_string();
        assert_eq!(error, "b.toml:1:8: gate a is already defined at a.toml:1:8; ids are unique over all files");
    }

    #[test]
    fn what_nobody_reads_is_an_error_and_so_is_a_file_that_cannot_be_read() {
        assert!(
            errors("[gate.a]\nwhen = []\n")[0].starts_with("g.toml:1:2: unknown name \"gate\" at the top; allowed")
        );
        assert!(errors("[gates.a]\nwhen = [\"before\"\n")[0].starts_with("g.toml:"));
    }

    #[test]
    fn a_folder_of_rules_alone_has_no_gates() {
        assert!(load_embedded(&[("a.toml", "[rules.x]\n"), ("b.sql", "SELECT 1")]).unwrap().gates.is_empty());
    }
}
