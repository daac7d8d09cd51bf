//! docs/coverage.md: every section of the deployment guide of the reference platform, and what carries it out.
//!
//! It is made of `tests/coverage/guide.toml`, which is held to what there is: rules and gates of `integrity_rules/`, gates
//! of the program, commands. `UPDATE=1 cargo test --test coverage` writes the page anew.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use phasegate::gates::{GATE_KINDS, declared};
use phasegate::platform::RULES;
use phasegate::verdict::Stage;
use serde::Deserialize;

#[test]
fn the_page_is_what_the_guide_and_the_rules_say() {
    let (guide, declared) = (guide(), Declared::read());
    let page = page(&guide, &declared);
    let path = root().join("docs/coverage.md");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, page, "docs/coverage.md; UPDATE=1 writes it anew");
}

#[test]
fn no_section_is_left_out() {
    let guide = guide();
    let there: Vec<&str> = guide.section.iter().map(|section| section.number.as_str()).collect();
    assert_eq!(there, guide.sections);
    for section in &guide.section {
        assert!(!section.line.is_empty(), "{} demands nothing", section.number);
    }
}

#[test]
fn every_line_is_carried_out_by_what_there_is() {
    assert_eq!(wrong_lines(&guide(), &Declared::read()), [""; 0]);
}

#[test]
fn gates_say_which_sections_they_stand_for() {
    assert_eq!(wrong_tags(&guide(), &Declared::read()), [""; 0]);
}

/// A rule, load or metric that no line names would stand for nothing in the guide.
#[test]
fn every_rule_load_and_metric_of_the_platform_is_named() {
    let (guide, declared) = (guide(), Declared::read());
    let named: BTreeSet<&String> =
        guide.lines().flat_map(|(_, line)| line.rules.iter().chain(&line.loads).chain(&line.metrics)).collect();
    let all = declared.rules.iter().chain(&declared.loads).chain(&declared.metrics);
    let unnamed: Vec<&String> = all.filter(|id| !named.contains(id)).collect();
    assert!(unnamed.is_empty(), "{unnamed:?}");
}

/// The demo has a database and no services.
#[test]
fn no_gate_needs_more_than_a_migration_has() {
    let set = declared::load_embedded(RULES).unwrap();
    assert!(!set.gates.is_empty());
    for stage in [Stage::Before, Stage::EachPhase, Stage::After] {
        assert_eq!(set.at(stage).map(|gate| gate.id.as_str()).collect::<Vec<_>>(), [""; 0], "{stage}");
    }
}

/// What the checks above are worth: each finds what it is there for.
#[test]
fn a_guide_that_is_wrong_is_found_out() {
    let declared = Declared::read();
    let line = |text: &str| -> Guide {
        let head = "sections = ['7.1']\n[[section]]\nnumber = '7.1'\ntitle = 't'\n[[section.line]]\n";
        toml::from_str(&format!("{head}{text}")).unwrap()
    };
    for (text, problem) in [
        ("demands = 'a'\nhow = 'measured'\ngates = ['no_such_gate']", "7.1 a: there is no gate no_such_gate"),
        ("demands = 'a'\nhow = 'measured'\nrules = ['no_such_rule']", "7.1 a: there is no rule no_such_rule"),
        ("demands = 'a'\nhow = 'measured'\nloads = ['lorry']", "7.1 a: there is no load lorry"),
        ("demands = 'a'\nhow = 'measured'\nmetrics = ['yard']", "7.1 a: there is no metric yard"),
        ("demands = 'a'\nhow = 'measured'\ncommands = ['fly']", "7.1 a: there is no command fly"),
        ("demands = 'a'\nhow = 'measured'\nbuilt_in = ['moon']", "7.1 a: there is no gate of the program moon"),
        ("demands = 'a'\nhow = 'measured'", "7.1 a: measured by nothing"),
        ("demands = 'a'\nhow = 'measured'\ngates = ['go_was_decided']", "7.1 a: a person's look is no measurement"),
        ("demands = 'a'\nhow = 'manual'\ngates = ['disk_has_room']", "7.1 a: manual, and not a person's look alone"),
        ("demands = 'a'\nhow = 'partly'\ngates = ['disk_has_room']", "7.1 a: what is left out, and why"),
        ("demands = 'a'\nhow = 'not done'", "7.1 a: what is left out, and why"),
    ] {
        assert_eq!(wrong_lines(&line(text), &declared), [problem], "{text}");
    }
    let found = wrong_tags(&line("demands = 'a'\nhow = 'measured'\ngates = ['disk_has_room']"), &declared);
    assert!(found.contains(&"gate disk_has_room is named in 7.1 and lacks the tag".to_owned()), "{found:?}");
    assert!(found.contains(&"gate disk_has_room has the tag of 4.1 and is not named there".to_owned()), "{found:?}");
}

/// The guide, as the file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Guide {
    sections: Vec<String>,
    section: Vec<Section>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    number: String,
    title: String,
    #[serde(default)]
    line: Vec<Line>,
}

/// One thing that the guide demands.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    demands: String,
    how: How,
    #[serde(default)]
    gates: Vec<String>,
    #[serde(default)]
    built_in: Vec<String>,
    #[serde(default)]
    rules: Vec<String>,
    #[serde(default)]
    loads: Vec<String>,
    #[serde(default)]
    metrics: Vec<String>,
    #[serde(default)]
    commands: Vec<String>,
    #[serde(default)]
    note: String,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum How {
    #[serde(rename = "measured")]
    Measured,
    #[serde(rename = "partly")]
    Partly,
    #[serde(rename = "manual")]
    Manual,
    #[serde(rename = "not done")]
    NotDone,
}

/// What there is.
#[derive(Default)]
struct Declared {
    gates: BTreeMap<String, Gate>,
    rules: BTreeSet<String>,
    loads: BTreeSet<String>,
    metrics: BTreeSet<String>,
    commands: BTreeSet<String>,
}

struct Gate {
    is_manual: bool,
    sections: BTreeSet<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn guide() -> Guide {
    toml::from_str(&fs::read_to_string(root().join("tests/coverage/guide.toml")).unwrap()).unwrap()
}

impl Guide {
    fn lines(&self) -> impl Iterator<Item = (&Section, &Line)> {
        self.section.iter().flat_map(|section| section.line.iter().map(move |line| (section, line)))
    }
}

impl Declared {
    fn read() -> Declared {
        let mut declared = Declared { commands: commands(), ..Declared::default() };
        for (name, text) in RULES {
            if let Some(id) = name.strip_suffix(".sql") {
                declared.rules.insert(id.to_owned());
                continue;
            }
            let file: toml::Table = text.parse().unwrap();
            let ids = |table: &str| file.get(table).and_then(toml::Value::as_table).into_iter().flatten();
            declared.rules.extend(ids("rules").map(|(id, _)| id.clone()));
            declared.loads.extend(ids("loads").map(|(id, _)| id.clone()));
            declared.metrics.extend(ids("metrics").map(|(id, _)| id.clone()));
            declared.gates.extend(ids("gates").map(|(id, gate)| (id.clone(), Gate::of(gate))));
        }
        declared
    }
}

impl Gate {
    fn of(gate: &toml::Value) -> Gate {
        let tags = gate["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap());
        Gate {
            is_manual: gate["probe"].get("manual").is_some(),
            sections: tags.filter_map(|tag| tag.strip_prefix("guide ")).map(str::to_owned).collect(),
        }
    }
}

/// Each has its page, which `tests/docs.rs` holds to the program.
fn commands() -> BTreeSet<String> {
    let names = fs::read_dir(root().join("docs/commands")).unwrap();
    let names = names.map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned());
    names.filter(|name| name != "README").collect()
}

fn wrong_lines(guide: &Guide, declared: &Declared) -> Vec<String> {
    let mut wrong = Vec::new();
    for (section, line) in guide.lines() {
        let mut say = |problem: String| wrong.push(format!("{} {}: {problem}", section.number, line.demands));
        let unknown = |names: &[String], is_there: &dyn Fn(&String) -> bool, what: &str| -> Vec<String> {
            names.iter().filter(|name| !is_there(name)).map(|name| format!("there is no {what} {name}")).collect()
        };
        let built_in = |name: &String| GATE_KINDS.iter().any(|kind| kind.name == name);
        let mut missing = unknown(&line.gates, &|name| declared.gates.contains_key(name), "gate");
        missing.extend(unknown(&line.built_in, &built_in, "gate of the program"));
        missing.extend(unknown(&line.rules, &|name| declared.rules.contains(name), "rule"));
        missing.extend(unknown(&line.loads, &|name| declared.loads.contains(name), "load"));
        missing.extend(unknown(&line.metrics, &|name| declared.metrics.contains(name), "metric"));
        missing.extend(unknown(&line.commands, &|name| declared.commands.contains(name), "command"));
        let is_known = missing.is_empty();
        missing.into_iter().for_each(&mut say);
        if is_known && let Some(problem) = line.problem(declared) {
            say(problem.to_owned());
        }
    }
    wrong
}

impl Line {
    /// Whether what it says of itself is so.
    fn problem(&self, declared: &Declared) -> Option<&'static str> {
        let of_the_platform = self.rules.len() + self.loads.len() + self.metrics.len();
        let others = self.built_in.len() + of_the_platform + self.commands.len();
        let manual = self.gates.iter().filter(|gate| declared.gates[*gate].is_manual).count();
        match self.how {
            How::Measured if self.gates.len() + others == 0 => Some("measured by nothing"),
            How::Measured if manual > 0 => Some("a person's look is no measurement"),
            How::Manual if others > 0 || manual == 0 || manual < self.gates.len() => {
                Some("manual, and not a person's look alone")
            }
            How::Partly | How::NotDone if self.note.is_empty() => Some("what is left out, and why"),
            How::Partly if self.gates.len() + others == 0 => Some("partly, and by nothing"),
            How::NotDone if self.gates.len() + others > 0 => Some("not done, and by something"),
            _ => None,
        }
    }
}

/// Gates whose tags name other sections than those in which they are named.
fn wrong_tags(guide: &Guide, declared: &Declared) -> Vec<String> {
    let mut named: BTreeMap<&String, BTreeSet<&String>> = BTreeMap::new();
    for (section, line) in guide.lines() {
        for gate in &line.gates {
            named.entry(gate).or_default().insert(&section.number);
        }
    }
    let mut wrong = Vec::new();
    for (id, gate) in &declared.gates {
        let tagged: BTreeSet<&String> = gate.sections.iter().collect();
        let named = named.get(id).cloned().unwrap_or_default();
        let places = tagged.difference(&named);
        wrong.extend(places.map(|place| format!("gate {id} has the tag of {place} and is not named there")));
        let places = named.difference(&tagged);
        wrong.extend(places.map(|place| format!("gate {id} is named in {place} and lacks the tag")));
    }
    wrong
}

const INTRODUCTION: &str = "# The deployment guide, section by section

The reference platform has a guide for its deployment. Here stands what of it is carried out by what: by rules and gates of
`integrity_rules/` with the guide's own figures, by its loads and metrics, by gates of the program, by commands. What no machine can see, a named
person confirms; until then it is not evaluated, and never green.

* **measured**: by what stands in the row.
* **partly**: some of it; the note says what is not.
* **a person**: looks, and writes it into `confirmations.toml` ([manual](probes/manual.md)).
* **not done**: the note says why.

The guide has more than one figure for the same thing (processors below 70, 75, 80 or 95 %), since each belongs to another
time. Each is a gate of its own, at its stage: before the window, in acceptance, while the platform is watched.

Rules are judged by `phasegate migrate` and `phasegate verify`; gates by `phasegate gates`, those of one section with
`--only \"guide 7.1\"`; loads by `phasegate load`, metrics by `phasegate baseline` and `phasegate watch`. This page is made by
`UPDATE=1 cargo test --test coverage` from `tests/coverage/guide.toml`; the test fails where a rule, gate, load, metric or
command in it is not there, and where a section is missing.

";

fn page(guide: &Guide, declared: &Declared) -> String {
    let mut out = INTRODUCTION.to_owned();
    out += "| how | lines |\n|---|---:|\n";
    for how in [How::Measured, How::Partly, How::Manual, How::NotDone] {
        let count = guide.lines().filter(|(_, line)| line.how == how).count();
        writeln!(out, "| {} | {count} |", how.word()).unwrap();
    }
    let (gates, rules) = (declared.gates.len(), declared.rules.len());
    let (loads, metrics) = (declared.loads.len(), declared.metrics.len());
    writeln!(out, "\n{gates} gates, {rules} rules, {loads} loads and {metrics} metrics are declared.").unwrap();
    for section in &guide.section {
        writeln!(out, "\n## {}: {}\n", section.number, section.title).unwrap();
        out += "| demanded | carried out by | how |\n|---|---|---|\n";
        for line in &section.line {
            writeln!(out, "| {} | {} | {} |", line.demands, line.by(), line.says_how()).unwrap();
        }
    }
    out
}

impl Line {
    fn by(&self) -> String {
        let part = |one: &str, several: &str, names: &[String]| {
            let word = if names.len() == 1 { one } else { several };
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            (!names.is_empty()).then(|| format!("{word} {}", names.join(", ")))
        };
        let built_in: Vec<String> = self.built_in.iter().map(|name| format!("[{name}](gates/{name}.md)")).collect();
        let commands: Vec<String> =
            self.commands.iter().map(|name| format!("[phasegate {name}](commands/{name}.md)")).collect();
        let parts = [
            part("gate", "gates", &self.gates),
            (!built_in.is_empty()).then(|| format!("the program's {}", built_in.join(", "))),
            part("rule", "rules", &self.rules),
            part("load", "loads", &self.loads),
            part("metric", "metrics", &self.metrics),
            (!commands.is_empty()).then(|| commands.join(", ")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() { "-".to_owned() } else { parts.join("; ") }
    }

    fn says_how(&self) -> String {
        let word = self.how.word();
        if self.note.is_empty() { word.to_owned() } else { format!("{word}: {}", self.note) }
    }
}

impl How {
    fn word(self) -> &'static str {
        match self {
            How::Measured => "measured",
            How::Partly => "partly",
            How::Manual => "a person",
            How::NotDone => "not done",
        }
    }
}
