//! From files to rules.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::declaration::{Source, fits, is_read_elsewhere, paths, unknown_at_the_top};
use crate::verdict::Moment;

use super::RULE;
use super::combining;
use super::definition;
use super::kind::{Complaints, Name};
use super::place::{RuleFileErrors, RuleProblem};
use super::rule::{Rule, RuleToml};
use super::sql_file;

/// All rules of a folder, in the order of its files.
#[derive(Debug, Clone)]
pub struct RuleSet {
    /// The rules: by file name, then by their place in the file.
    pub rules: Vec<Rule>,
    pub(super) sources: Vec<Source>,
}

impl RuleSet {
    /// The rules that are judged at this moment.
    pub fn at(&self, moment: Moment) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(move |rule| rule.when.includes(moment))
    }

    /// The file that a rule came from.
    pub fn file_of(&self, rule: &Rule) -> &str {
        &self.sources[rule.source].name
    }

    pub(super) fn problem(&self, rule: &Rule, span: &std::ops::Range<usize>, message: String) -> RuleProblem {
        self.sources[rule.source].problem(span, message)
    }
}

/// Reads every `*.toml` and `*.sql` file of a folder, by name.
///
/// # Errors
/// [`RuleFileErrors`] with every problem of every file, each at its line and column; a folder that holds no rule is an
/// error too.
pub fn load(folder: &Path) -> Result<RuleSet, RuleFileErrors> {
    let shown = folder.display().to_string();
    let unreadable = |what: String, reason: String| RuleFileErrors::Folder { folder: what, reason };
    let paths = paths(folder).map_err(|(what, reason)| unreadable(what, reason))?;
    let mut sources = Vec::with_capacity(paths.len());
    for path in paths {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(name.clone(), error.to_string()))?;
        sources.push(Source { name, text });
    }
    read(sources, &shown, &|name| read_file(&folder.join(name)))
}

fn read_file(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("there is no such file as {}", path.display()),
        _ => format!("{}: {error}", path.display()),
    })
}

/// The same for files that are part of the program: name and text. Others than `*.toml` and `*.sql` are there for rules that
/// name them.
///
/// # Errors
/// As [`load`].
pub fn load_embedded(files: &[(&str, &str)]) -> Result<RuleSet, RuleFileErrors> {
    let source = |(name, text): &(&str, &str)| Source { name: (*name).to_owned(), text: (*text).to_owned() };
    let is_of_rules = |(name, _): &&(&str, &str)| name.ends_with(".toml") || name.ends_with(".sql");
    let beside = |asked: &str| {
        let found = files.iter().find(|(name, _)| *name == asked);
        found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| format!("there is no such file as {asked}"))
    };
    read(files.iter().filter(is_of_rules).map(source).collect(), "the embedded rules", &beside)
}

/// The text of a file that a rule names, or why it cannot be read.
type Beside<'a> = &'a dyn Fn(&str) -> Result<String, String>;

fn read(sources: Vec<Source>, folder: &str, beside: Beside<'_>) -> Result<RuleSet, RuleFileErrors> {
    let mut set = RuleSet { rules: Vec::new(), sources };
    let mut problems = Vec::new();
    for index in 0..set.sources.len() {
        let source = &set.sources[index];
        let mut complaints = Complaints::default();
        let rules = match source.name.strip_suffix(".sql") {
            Some(stem) => {
                let id = stem.rsplit(['/', '\\']).next().unwrap_or(stem);
                vec![sql_file::parse(id, &source.text, index, &mut complaints)]
            }
            None => toml_rules(&source.text, index, &mut complaints),
        };
        let rules: Vec<Rule> = rules.into_iter().map(|rule| with_file(rule, beside, &mut complaints)).collect();
        complaints.0.sort_by_key(|(span, _)| span.start);
        problems.extend(complaints.0.into_iter().map(|(span, message)| source.problem(&span, message)));
        set.rules.extend(rules);
    }
    problems.extend(duplicates(&set));
    // A rule that could not be read is no name that nobody knows.
    if problems.is_empty() {
        problems.extend(combining::problems(&set));
    }
    match (problems.is_empty(), set.rules.is_empty()) {
        (false, _) => Err(RuleFileErrors::Problems { problems }),
        (true, true) => Err(RuleFileErrors::Empty { folder: folder.to_owned() }),
        (true, false) => Ok(set),
    }
}

/// The rules of a TOML file in their order; each rule is read apart, so that each says what is wrong with it.
fn toml_rules(text: &str, source: usize, complaints: &mut Complaints) -> Vec<Rule> {
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        // What follows a syntax error is guesswork; only the errors themselves are reported.
        for error in errors {
            complaint(&error, complaints);
        }
        return Vec::new();
    }
    let mut rules = Vec::new();
    let (mut found, mut has_others) = (false, false);
    for (name, value) in document.into_inner() {
        if is_read_elsewhere(name.get_ref()) {
            found = true;
            has_others = true;
            continue;
        }
        if let Some(message) = unknown_at_the_top(name.get_ref()) {
            complaints.add(name.span(), message);
            continue;
        }
        found = true;
        let span = value.span();
        let DeValue::Table(table) = value.into_inner() else {
            complaints.add(span, "rules must be a table: [rules.<id>]");
            continue;
        };
        let mut entries: Vec<(Name, Spanned<DeValue<'_>>)> = (table.into_iter())
            .map(|(id, value)| (Spanned::new(id.span(), id.into_inner().into_owned()), value))
            .collect();
        entries.sort_by_key(|(id, _)| id.span().start);
        rules.extend(entries.into_iter().filter_map(|(id, value)| one_rule(&id, value, source, complaints)));
    }
    if !found || (rules.is_empty() && !has_others && complaints.0.is_empty()) {
        complaints.add(0..0, "the file holds no rule; nothing would be checked");
    }
    rules
}

fn one_rule(id: &Name, value: Spanned<DeValue<'_>>, source: usize, complaints: &mut Complaints) -> Option<Rule> {
    let whole = value.span();
    if !fits(&value, &RULE, &format!("rule {}", id.get_ref()), complaints) {
        return None;
    }
    let definition = definition::of_toml(value.clone());
    match RuleToml::deserialize(ValueDeserializer::from(value)) {
        Ok(toml) => Some(Rule::from_toml(id, toml, definition, source, complaints)),
        Err(error) => {
            let span = error.span().filter(|span| span.end > 0).unwrap_or(whole);
            complaints.add(span, format!("rule {}: {}", id.get_ref(), one_line(error.message())));
            None
        }
    }
}

/// The rule with the file that it names.
fn with_file(mut rule: Rule, beside: Beside<'_>, complaints: &mut Complaints) -> Rule {
    let Some(file) = rule.check.file().cloned() else { return rule };
    let taken = beside(file.get_ref()).and_then(|text| {
        rule.definition = definition::with_file(&rule.definition, &text);
        rule.check.take_file(&text).map_err(|problem| format!("{}: {problem}", file.get_ref()))
    });
    if let Err(problem) = taken {
        complaints.add(file.span(), format!("rule {}: {problem}", rule.id));
    }
    rule
}

fn complaint(error: &toml::de::Error, complaints: &mut Complaints) {
    complaints.add(error.span().unwrap_or(0..0), one_line(error.message()));
}

fn one_line(message: &str) -> String {
    message.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

fn duplicates(set: &RuleSet) -> Vec<RuleProblem> {
    let mut first: BTreeMap<&str, &Rule> = BTreeMap::new();
    let mut problems = Vec::new();
    for rule in &set.rules {
        if let Some(earlier) = first.get(rule.id.as_str()) {
            let there = set.problem(earlier, &earlier.span, String::new());
            let message = format!(
                "rule {} is already defined at {}:{}:{}; ids are unique over all files",
                rule.id, there.file, there.line, there.column
            );
            problems.push(set.problem(rule, &rule.span, message));
        } else {
            first.insert(&rule.id, rule);
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(files: &[(&str, &str)]) -> Vec<String> {
        match load_embedded(files) {
            Ok(set) => panic!("loaded {} rules", set.rules.len()),
            Err(errors) => errors.to_string().lines().map(str::to_owned).collect(),
        }
    }

    #[test]
    fn all_errors_of_all_files_come_at_once_with_their_places() {
        let toml = "[rules.a]\ntable = \"t\"\ncheck.not_nul = { column = \"x\" }\n\n\
                    [rules.b]\ntable = \"t\"\nseverty = \"warn\"\ncheck.not_null = { column = \"x\" }\n\n\
                    [rules.c]\ntable = \"t\"\ncheck.unique = { columns = [] }\n\n\
                    [rules.d]\ntable = \"t\"\nwhere = \"true); DROP TABLE t; --\"\ncheck.not_null = { column = \"x\", no = 1 }\n\n\
                    [rules.e]\ntable = \"t\"\n";
        let found =
            errors(&[("a.toml", toml), ("b.sql", "-- when: later\nSELECT 1; SELECT 2"), ("c.toml", "[rule.x]\n")]);
        let expected = [
            "a.toml:3:7: rule a: there is no check \"not_nul\"; nearest: not_null, ",
            "a.toml:7:1: rule b: unknown parameter `severty`; did you mean severity? there are: check, table, ",
            "a.toml:12:28: columns names no column, and there are no expressions",
            "a.toml:17:34: rule d: unknown parameter `no`; there are: column",
            "a.toml:19:1: rule e: missing parameter `check`",
            "b.sql:1:1: when \"later\": allowed is before, after or both",
            "b.sql:2:1: the query: a `;` does not belong here",
            "c.toml:1:1: the file holds no rule",
            "c.toml:1:2: unknown name \"rule\" at the top",
        ];
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{found}\n  is not\n{expected}");
        }
    }

    #[test]
    fn a_filter_cannot_end_the_transaction() {
        let toml = "[rules.d]\ntable = \"t\"\nwhere = \"true); COMMIT; --\"\ncheck.not_null = { column = \"x\" }\n";
        assert_eq!(errors(&[("a.toml", toml)]), ["a.toml:3:9: where: a `)` has no `(` before it"]);
    }

    #[test]
    fn a_syntax_error_has_a_place() {
        let found = errors(&[("a.toml", "[rules.a]\ntable = \n")]);
        assert!(found[0].starts_with("a.toml:2:"), "{found:?}");
    }

    #[test]
    fn ids_are_unique_over_all_files() {
        let toml = "[rules.same]\ntable = \"t\"\ncheck.not_null = { column = \"x\" }\n";
        assert_eq!(
            errors(&[("a.toml", toml), ("same.sql", "SELECT 1")]),
            ["same.sql:1:1: rule same is already defined at a.toml:1:8; ids are unique over all files"]
        );
    }

    #[test]
    fn no_rule_is_an_error() {
        assert!(matches!(load_embedded(&[]), Err(RuleFileErrors::Empty { .. })));
        assert!(errors(&[("a.toml", "# nothing\n")])[0].contains("holds no rule"));
        assert!(errors(&[("a.toml", "[rules]\n")])[0].contains("holds no rule"));
        let empty = tempfile::tempdir().unwrap();
        assert!(matches!(load(empty.path()), Err(RuleFileErrors::Empty { .. })));
        assert!(matches!(load(&empty.path().join("no")), Err(RuleFileErrors::Folder { .. })));
    }

    #[test]
    fn the_order_is_that_of_the_files() {
        let toml = "[rules.z]\ntable = \"t\"\ncheck.row_count = { min = 1 }\n[rules.a]\ntable = \"t\"\ncheck.row_count.min = 1\n";
        let set =
            load_embedded(&[("a.toml", toml), ("b.sql", "-- what it says\n-- severity: warn\nSELECT 1;\n")]).unwrap();
        let ids: Vec<&str> = set.rules.iter().map(|rule| rule.id.as_str()).collect();
        assert_eq!(ids, ["z", "a", "b"]);
        assert_eq!(set.rules[2].description, "what it says");
        assert_eq!(set.rules[2].severity, crate::verdict::Severity::Warn);
    }
}
