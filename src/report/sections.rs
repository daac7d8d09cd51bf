//! What stands on the page and in which order, before any format gives it a look.
//!
//! Texts here are as the evidence has them; each format escapes them in its own way.

use super::{Report, words};
use crate::evidence::{Evidence, Sample, Topic};
use crate::verdict::Verdict;

/// One part of the page under a title of its own.
pub(super) struct Section<'a> {
    pub(super) title: String,
    pub(super) body: Body<'a>,
}

/// What a section holds.
pub(super) enum Body<'a> {
    /// Facts in full, numbered.
    Findings(Vec<&'a Evidence>),
    /// Rows under column titles.
    Table(Table),
    /// The same, too long for the eye: only on the page that is kept.
    Detail(Table),
    /// Names with a text each.
    Pairs(Vec<(String, String)>),
    /// One sentence, mostly that there is nothing.
    Note(&'static str),
}

/// Rows under column titles.
pub(super) struct Table {
    pub(super) columns: &'static [Column],
    pub(super) rows: Vec<Vec<String>>,
}

/// A column: its title, and whether it holds figures, which align to the right and never wrap.
pub(super) struct Column {
    pub(super) title: &'static str,
    pub(super) figures: bool,
}

/// The first column of tables whose rows have a verdict; formats recognise it by this title.
pub(super) const VERDICT_COLUMN: &str = "verdict";

/// The whole page below the headline. What decides comes first.
pub(super) fn sections(report: &Report) -> Vec<Section<'_>> {
    let mut page = vec![Section { title: "Run".to_owned(), body: Body::Pairs(run_pairs(report)) }];
    page.extend(findings("Failed", report, Verdict::Fail));
    page.extend(findings("Not evaluated", report, Verdict::NotEvaluated));
    page.extend(findings("Warnings", report, Verdict::Warn));
    page.extend(if_any("Plan", report, &[Topic::Plan], GATES, gate_row));
    page.push(or_note("Phases", report, &[Topic::Phase], PHASES, phase_row, "no phase was applied in this run"));
    page.extend(if_any("Groups of gates", report, &[Topic::Group], JUDGED, group_row));
    for (title, topic, nothing) in GATE_SECTIONS {
        page.push(or_note(title, report, &[topic], GATES, gate_row, nothing));
    }
    page.push(or_note("Changed data", report, &[Topic::Difference], JUDGED, judged_row, "no comparison was recorded"));
    if report.with_topic(&[Topic::RuleBefore]).next().is_some() {
        page.push(Section { title: "Rules before the phases".to_owned(), body: rules(report, Topic::RuleBefore) });
    }
    page.push(Section { title: "Rules".to_owned(), body: rules(report, Topic::Rule) });
    page.extend(tolerated(report));
    page.extend(if_any("Snapshots", report, &[Topic::Snapshot], PHASES, phase_row));
    let unknown = "what was checked and what was not was not recorded";
    page.push(or_note("Coverage", report, &[Topic::Coverage], PLAIN, plain_row, unknown));
    page.extend(not_checked(report));
    page.extend(if_any("Environment", report, &[Topic::Environment], PLAIN, plain_row));
    page.push(Section { title: "Evidence".to_owned(), body: Body::Pairs(evidence_pairs(report)) });
    page
}

/// A finding's lines: a name and a text each; samples repeat the empty name.
pub(super) fn finding_pairs(fact: &Evidence) -> Vec<(&'static str, String)> {
    let took = words::duration(fact.took_ms);
    let took = if took == "-" { String::new() } else { format!(", {took}") };
    let mut pairs = vec![("check", format!("{} {}{took}", words::topic(fact.topic), fact.check))];
    let optional = [("expected", &fact.expected), ("measured", &fact.measured)];
    pairs.extend(optional.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name, text.clone())));
    if let Some(violations) = fact.violations {
        pairs.push(("violating", words::violating(violations, fact.rows_examined)));
    } else if let Some(rows) = fact.rows_examined {
        pairs.push(("examined", format!("{} rows", words::number(rows))));
    }
    let names = std::iter::once("samples").chain(std::iter::repeat(""));
    pairs.extend(names.zip(fact.samples.iter().map(Sample::line)));
    pairs.extend(fact.remedy.clone().map(|text| ("remedy", text)));
    pairs
}

const fn text(title: &'static str) -> Column {
    Column { title, figures: false }
}

const fn figures(title: &'static str) -> Column {
    Column { title, figures: true }
}

const JUDGED: &[Column] = &[text(VERDICT_COLUMN), text("subject"), text("measured")];
const PHASES: &[Column] = &[text(VERDICT_COLUMN), text("subject"), text("measured"), figures("rows"), figures("time")];
const GATES: &[Column] = &[text(VERDICT_COLUMN), text("check"), text("subject"), text("measured")];
const GATE_SECTIONS: [(&str, Topic, &str); 2] = [
    ("Gates before the phases", Topic::GateBefore, "no gate was checked before the phases"),
    ("Gates after the phases", Topic::GateAfter, "no gate was checked after the phases"),
];
const PLAIN: &[Column] = &[text("what"), text("subject"), text("measured")];
const RULES: &[Column] = &[
    text("table"),
    figures("checked"),
    figures("passed"),
    figures("not passed"),
    figures("rows"),
    figures("violations"),
];
const NOT_CHECKED: &[Column] = &[text("of"), text("why"), text("not checked")];
const TOLERATED: &[Column] = &[text("rule"), text("subject"), text("measured"), figures("violations")];

fn judged_row(fact: &Evidence) -> Vec<String> {
    vec![fact.verdict.to_string(), fact.subject.clone(), measured(fact)]
}

/// A group's line says all that there is to it; its gates' findings stand above.
fn group_row(fact: &Evidence) -> Vec<String> {
    vec![fact.verdict.to_string(), fact.subject.clone(), fact.measured.clone()]
}

fn phase_row(fact: &Evidence) -> Vec<String> {
    vec![
        fact.verdict.to_string(),
        fact.subject.clone(),
        measured(fact),
        fact.rows_examined.map_or_else(|| "-".to_owned(), words::number),
        words::duration(fact.took_ms),
    ]
}

fn gate_row(fact: &Evidence) -> Vec<String> {
    vec![fact.verdict.to_string(), fact.check.clone(), fact.subject.clone(), measured(fact)]
}

/// What was measured; where it is no pass, it stands above in full already.
fn measured(fact: &Evidence) -> String {
    if fact.verdict == Verdict::Pass { fact.measured.clone() } else { "see above".to_owned() }
}

fn plain_row(fact: &Evidence) -> Vec<String> {
    vec![fact.check.replace('_', " "), fact.subject.clone(), measured(fact)]
}

fn findings<'a>(title: &str, report: &'a Report, verdict: Verdict) -> Option<Section<'a>> {
    let facts: Vec<_> = report.with_verdict(verdict).collect();
    let title = format!("{title} ({})", facts.len());
    (!facts.is_empty()).then_some(Section { title, body: Body::Findings(facts) })
}

fn if_any<'a>(
    title: &str,
    report: &'a Report,
    topics: &[Topic],
    columns: &'static [Column],
    row: fn(&Evidence) -> Vec<String>,
) -> Option<Section<'a>> {
    let rows: Vec<_> = report.with_topic(topics).map(row).collect();
    (!rows.is_empty()).then(|| Section { title: title.to_owned(), body: Body::Table(Table { columns, rows }) })
}

fn or_note<'a>(
    title: &str,
    report: &'a Report,
    topics: &[Topic],
    columns: &'static [Column],
    row: fn(&Evidence) -> Vec<String>,
    note: &'static str,
) -> Section<'a> {
    if_any(title, report, topics, columns, row)
        .unwrap_or_else(|| Section { title: title.to_owned(), body: Body::Note(note) })
}

/// One row for each table that rules looked at, in the order of their names, and their sum. Failures stand above in full.
fn rules(report: &Report, topic: Topic) -> Body<'static> {
    let mut tables: Vec<String> = report.with_topic(&[topic]).map(table_of).collect();
    tables.sort_unstable();
    tables.dedup();
    if tables.is_empty() {
        return Body::Note("no rule was checked");
    }
    let mut rows: Vec<RulesRow> = tables.iter().map(|table| RulesRow::of(report, topic, table)).collect();
    if let Some(all) = rows.iter().cloned().reduce(RulesRow::plus).filter(|_| rows.len() > 1) {
        rows.push(RulesRow { table: "all".to_owned(), ..all });
    }
    Body::Table(Table { columns: RULES, rows: rows.iter().map(RulesRow::cells).collect() })
}

/// The table in a subject: `public.users` of `public.users.email`. A rule that is SQL of its own has its name.
fn table_of(fact: &Evidence) -> String {
    let names = fact.subject.split(" (").next().unwrap_or_default();
    names.splitn(3, '.').take(2).collect::<Vec<_>>().join(".")
}

/// What the rules of one table came to.
#[derive(Clone)]
struct RulesRow {
    table: String,
    checked: usize,
    passed: usize,
    /// The most that one of them looked at: adding them up would count each row once a rule.
    rows_examined: u64,
    violations: u64,
}

impl RulesRow {
    fn of(report: &Report, topic: Topic, table: &str) -> RulesRow {
        let topics = [topic];
        let facts: Vec<_> = report.with_topic(&topics).filter(|fact| table_of(fact) == table).collect();
        RulesRow {
            table: table.to_owned(),
            checked: facts.len(),
            passed: facts.iter().filter(|fact| fact.verdict == Verdict::Pass).count(),
            rows_examined: facts.iter().filter_map(|fact| fact.rows_examined).max().unwrap_or(0),
            violations: facts.iter().filter_map(|fact| fact.violations).sum(),
        }
    }

    fn plus(self, other: RulesRow) -> RulesRow {
        RulesRow {
            table: self.table,
            checked: self.checked + other.checked,
            passed: self.passed + other.passed,
            rows_examined: self.rows_examined + other.rows_examined,
            violations: self.violations + other.violations,
        }
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.table.clone(),
            self.checked.to_string(),
            self.passed.to_string(),
            (self.checked - self.passed).to_string(),
            words::number(self.rows_examined),
            words::number(self.violations),
        ]
    }
}

/// Passing facts with violations: under a threshold, or recorded only. Who signs must see what was let through.
fn tolerated(report: &Report) -> Option<Section<'_>> {
    let rows: Vec<_> = report
        .with_verdict(Verdict::Pass)
        // What was violated before the phases and tolerated is said again after them.
        .filter(|fact| fact.topic.judges() && fact.topic != Topic::RuleBefore)
        .filter_map(|fact| fact.violations.filter(|count| *count > 0).map(|count| (fact, count)))
        .map(|(fact, count)| {
            let measured = fact.measured.clone();
            vec![fact.check.clone(), fact.subject.clone(), measured, words::violating(count, fact.rows_examined)]
        })
        .collect();
    let title = "Violations that were declared tolerable".to_owned();
    (!rows.is_empty()).then_some(Section { title, body: Body::Table(Table { columns: TOLERATED, rows }) })
}

/// What the facts of coverage name as not checked: a row a reason. Where the fact is no pass, it stands above in full.
fn not_checked(report: &Report) -> Option<Section<'_>> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for fact in report.with_topic(&[Topic::Coverage]).filter(|fact| fact.verdict == Verdict::Pass) {
        let mut reasons: Vec<&str> = Vec::new();
        for sample in &fact.samples {
            if !reasons.contains(&sample.value.as_str()) {
                reasons.push(&sample.value);
            }
        }
        for reason in reasons {
            let names = fact.samples.iter().filter(|sample| sample.value == reason).map(|sample| sample.key.as_str());
            let why = if reason.is_empty() { "not asked for" } else { reason };
            rows.push(vec![fact.subject.clone(), why.to_owned(), names.collect::<Vec<_>>().join("; ")]);
        }
    }
    let table = Table { columns: NOT_CHECKED, rows };
    (!table.rows.is_empty()).then(|| Section { title: "Not checked".to_owned(), body: Body::Detail(table) })
}

fn run_pairs(report: &Report) -> Vec<(String, String)> {
    let header = &report.header;
    let took = report.ended_at().map(|end| (end - header.started_at).as_seconds_f64() * 1000.0);
    let time = match (report.ended_at(), took) {
        (Some(end), Some(took)) => {
            format!("{} to {} ({})", words::instant(header.started_at), words::instant(end), words::duration(took))
        }
        _ => format!("{}, nothing measured since", words::instant(header.started_at)),
    };
    let server = header.server_version.as_deref().unwrap_or("server version not known");
    pairs([
        ("run", header.run_id.clone()),
        ("command", format!("{} (phasegate {})", header.command, header.phasegate_version)),
        ("database", format!("{} on {}, {server}", header.database.name, header.database.host)),
        ("operator", header.operator.clone().unwrap_or_else(|| "not named".to_owned())),
        ("time", time),
    ])
}

fn evidence_pairs(report: &Report) -> Vec<(String, String)> {
    let state = match (report.complete, report.torn_tail) {
        (true, _) => "complete",
        (false, true) => "incomplete, the last line is torn",
        (false, false) => "incomplete, the closing verdict is missing",
    };
    let config = report.header.config_checksum.map_or_else(|| "none".to_owned(), |checksum| checksum.to_string());
    pairs([
        ("facts", format!("{}, hash chain proven, {state}", report.facts.len())),
        ("head", report.head.to_string()),
        ("config", config),
    ])
}

fn pairs<const N: usize>(pairs: [(&str, String); N]) -> Vec<(String, String)> {
    pairs.into_iter().map(|(name, text)| (name.to_owned(), text)).collect()
}
