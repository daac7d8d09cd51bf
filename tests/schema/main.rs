//! The JSON Schemas by which editors complete the files, held against every file there is and against slips in them.
//!
//! `UPDATE=1 cargo test --test schema` writes the copies in `docs/schema` anew.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod checker;
mod examples;
mod files;
mod slips;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use phasegate::config::SCHEMAS;

#[test]
fn the_copies_in_the_documentation_are_what_the_program_prints() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/schema");
    if std::env::var_os("UPDATE").is_some() {
        phasegate(&["schema", "--write", folder.to_str().unwrap()]);
    }
    let mut there: Vec<String> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    there.sort();
    let mut wanted: Vec<&str> = SCHEMAS.iter().map(|schema| schema.file_name).collect();
    wanted.sort_unstable();
    assert_eq!(there, wanted, "the files of docs/schema");
    for schema in SCHEMAS {
        let found = fs::read_to_string(folder.join(schema.file_name)).unwrap();
        assert_eq!(found, phasegate(&["schema", schema.name]), "{}; UPDATE=1 writes it anew", schema.file_name);
    }
}

/// A broken configuration is no hindrance: the schema is there to mend it.
#[test]
fn a_schema_is_printed_whatever_the_configuration_says() {
    let scratch = tempfile::tempdir().unwrap();
    fs::write(scratch.path().join("phasegate.toml"), "[logg]\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_phasegate"));
    let output = command.args(["schema", "config"]).current_dir(scratch.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8(output.stdout).unwrap().contains("\"lock_timeout\""));
}

/// An editor completes names, words and defaults by these alone.
#[test]
fn editors_find_what_they_complete_by() {
    let rules = checker::schema("rules");
    let kinds = &rules["properties"]["rules"]["additionalProperties"]["properties"]["check"]["properties"];
    for kind in phasegate::rules::RULE_KINDS {
        for name in [kind.name].iter().chain(kind.other_names) {
            let found = &kinds[name];
            assert_eq!(found["description"], kind.summary, "{name}");
            for parameter in kind.parameters {
                let property = &found["properties"][parameter.name];
                let description = property["description"].as_str().unwrap_or_default();
                assert!(description.starts_with(parameter.meaning), "{name}.{}: {property}", parameter.name);
            }
        }
    }
    let words = &kinds["aggregate"]["properties"]["fn"]["enum"];
    assert_eq!(words.as_array().unwrap().len(), 11, "{words}");
    assert_eq!(kinds["length"]["properties"]["unit"]["default"], "characters");
    assert_eq!(kinds["length"]["properties"]["null_ok"]["default"], true);
}

fn phasegate(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_phasegate")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
