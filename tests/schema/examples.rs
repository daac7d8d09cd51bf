//! Every file and every example of the documentation: what the program reads, the schema must let through.

use std::path::Path;

use super::checker::problems;
use super::files::{Sort, all, as_json, is_elsewhere, root};

/// What cases put in place of names as they run.
const PLACES: [(&str, &str); 6] = [
    ("{service}", "http://localhost:8001"),
    ("{closed_port}", "9"),
    ("{tls:server}", "localhost:9"),
    ("{tls:expired}", "localhost:9"),
    ("{tls:wrong_host}", "localhost:9"),
    ("{tls:unknown_ca}", "localhost:9"),
];

#[test]
fn every_file_that_the_program_reads_is_right_by_its_schema() {
    let (mut read, mut refused) = (0, 0);
    for path in all(".toml") {
        // A file that is no text is a case of its own.
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let text = PLACES.iter().fold(text, |text, (name, place)| text.replace(name, place));
        let Ok(value) = text.parse::<toml::Table>() else { continue };
        let Some(sort) = sort_of(&path, &value) else { continue };
        let by_program = sort.refusals(&text);
        let by_schema = problems(sort.schema(), &as_json(&toml::Value::Table(value)));
        let shown = path.strip_prefix(root()).unwrap().display();
        if by_program.iter().all(|problem| is_elsewhere(problem)) {
            assert!(by_schema.is_empty(), "{shown} is read, but by its schema: {by_schema:#?}");
            read += 1;
        } else {
            let is_meant = shown.to_string().contains("cases");
            assert!(is_meant, "{shown} is not read: {by_program:#?}");
            refused += 1;
        }
    }
    assert!(read >= 150 && refused >= 5, "{read} files are read and {refused} are not; where are the others?");
}

#[test]
fn every_example_of_the_documentation_is_right_by_its_schema() {
    let mut seen = [0, 0];
    for path in all(".md") {
        let page = std::fs::read_to_string(&path).unwrap();
        for block in page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
            let shown = path.strip_prefix(root()).unwrap().display();
            let value: toml::Table = block.parse().unwrap_or_else(|error| panic!("{shown}: {error}\n{block}"));
            let json = as_json(&toml::Value::Table(value.clone()));
            let Some(sort) = sort_of(Path::new("example.toml"), &value) else {
                let by_schema = problems(&super::checker::schema("confirmations"), &json);
                assert!(by_schema.is_empty(), "{shown}: {by_schema:#?}\n{block}");
                continue;
            };
            let by_program = sort.refusals(block);
            let by_schema = problems(sort.schema(), &json);
            let is_whole = by_program.iter().all(|problem| is_elsewhere(problem));
            assert!(is_whole && by_schema.is_empty(), "{shown}: {by_program:#?} {by_schema:#?}\n{block}");
            seen[usize::from(sort == Sort::Config)] += 1;
        }
    }
    assert!(seen[0] >= 80 && seen[1] >= 5, "{seen:?}: where are the examples?");
}

fn sort_of(path: &Path, value: &toml::Table) -> Option<Sort> {
    const OF_CONFIG: [&str; 5] = ["database", "folders", "log", "execute", "measure"];
    const OF_RULES: [&str; 4] = ["rules", "gates", "loads", "metrics"];
    let is_of_gate = |name: &String| phasegate::gates::GATE_KINDS.iter().any(|kind| kind.name == name);
    let gates = value.get("gates").and_then(toml::Value::as_table);
    let file = path.file_name()?.to_str()?;
    if matches!(file, "phasegate.toml" | "template.toml")
        || value.keys().any(|key| OF_CONFIG.contains(&key.as_str()))
        || gates.is_some_and(|gates| gates.keys().all(is_of_gate))
    {
        return Some(Sort::Config);
    }
    (!value.is_empty() && value.keys().all(|key| OF_RULES.contains(&key.as_str()))).then_some(Sort::Rules)
}
