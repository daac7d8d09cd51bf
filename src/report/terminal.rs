//! The report for the eye, at any width, calm: colour only where a decision is.
//!
//! Failures, warnings and what was not evaluated stand in full, without their probes (Markdown, JSON and CSV have
//! those). Long texts wrap and are never cut.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table as Grid, TableStyle, Width};

use super::sections::{Body, Column, Section, Table, VERDICT_COLUMN, finding_pairs, sections};
use super::{Decision, Report, Style, words};
use crate::evidence::Evidence;
use crate::verdict::Verdict;

/// The report as lines of at most `style.width` columns.
pub(super) fn render(report: &Report, style: &Style) -> String {
    let mut page = Page { lines: Vec::new(), width: style.width.max(40), colour: style.colour };
    page.headline(report);
    for section in sections(report).iter().filter(|section| !matches!(section.body, Body::Detail(_))) {
        page.section(section);
    }
    page.lines.push(String::new());
    page.headline(report);
    page.lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

struct Page {
    lines: Vec<String>,
    width: u16,
    colour: bool,
}

const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const BOLD: &str = "1";
const DIM: &str = "2";

impl Page {
    /// Stands first, where a report is read, and last, where a terminal has stopped scrolling.
    fn headline(&mut self, report: &Report) {
        let colour = match report.decision {
            Decision::Go => GREEN,
            Decision::NoGo => RED,
            Decision::CouldNotJudge => YELLOW,
        };
        let rule = self.paint(colour, &"━".repeat(usize::from(self.width)));
        let word = format!(" {}", report.decision.word());
        let indent = word.len() + 3;
        self.lines.push(rule.clone());
        self.hanging(&word, &format!("{BOLD};{colour}"), indent, &words::counts(&report.counts));
        let meaning = [words::meaning(report.decision).to_owned()];
        for sentence in if report.remarks.is_empty() { &meaning[..] } else { &report.remarks } {
            self.hanging("", DIM, indent, &words::plain(sentence));
        }
        self.lines.push(rule);
    }

    fn section(&mut self, section: &Section<'_>) {
        let title = format!(" {} ", section.title);
        let rest = usize::from(self.width).saturating_sub(title.chars().count());
        let line = self.paint(BOLD, &title) + &self.paint(DIM, &"─".repeat(rest));
        self.lines.extend([String::new(), line]);
        match &section.body {
            Body::Findings(facts) => self.findings(facts),
            Body::Table(table) => self.table(table),
            Body::Pairs(pairs) => self.pairs(pairs),
            Body::Note(note) => self.hanging("", DIM, 1, note),
            Body::Detail(_) => {}
        }
    }

    fn findings(&mut self, facts: &[&Evidence]) {
        for (at, fact) in facts.iter().enumerate() {
            if at > 0 {
                self.lines.push(String::new());
            }
            let number = format!("{:>3}", at + 1);
            self.hanging(&number, &format!("{BOLD};{}", colour_of(fact.verdict)), 5, &words::plain(&fact.subject));
            for (name, text) in finding_pairs(fact) {
                let is_sample = matches!(name, "samples" | "");
                let (label, indent) =
                    if is_sample { (format!("     {name:<10} -"), 18) } else { (format!("     {name}"), 16) };
                self.hanging(&label, DIM, indent, &words::plain(&text));
            }
        }
    }

    fn pairs(&mut self, pairs: &[(String, String)]) {
        let longest = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, text) in pairs {
            self.hanging(&format!(" {name}"), DIM, longest + 3, &words::plain(text));
        }
    }

    fn table(&mut self, table: &Table) {
        let has_verdicts = table.columns.first().is_some_and(|column| column.title == VERDICT_COLUMN);
        for (at, line) in grid_lines(table, self.width).into_iter().enumerate() {
            let line = match at {
                0 => self.paint(DIM, line.trim_end()),
                _ if has_verdicts => self.paint_verdict(&line),
                _ => line,
            };
            self.lines.push(line);
        }
    }

    /// A label, and a text beside it that goes on below itself where it is longer than the line.
    fn hanging(&mut self, label: &str, colour: &str, indent: usize, text: &str) {
        let room = self.width.saturating_sub(u16::try_from(indent).unwrap_or(self.width));
        for (at, line) in wrap(text, room).into_iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            let gap = " ".repeat(indent.saturating_sub(label.chars().count()));
            let label = if label.is_empty() { String::new() } else { self.paint(colour, label) };
            self.lines.push(format!("{label}{gap}{line}"));
        }
    }

    /// Colours the verdict that begins a row. Data never stands in that column, so it cannot pass for one.
    fn paint_verdict(&self, line: &str) -> String {
        let verdicts = [Verdict::Fail, Verdict::NotEvaluated, Verdict::Warn, Verdict::Pass];
        verdicts
            .into_iter()
            .find_map(|verdict| {
                let rest = line.strip_prefix(' ')?.strip_prefix(verdict.word())?;
                Some(format!(" {}{rest}", self.paint(colour_of(verdict), verdict.word())))
            })
            .unwrap_or_else(|| line.to_owned())
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

fn colour_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Fail => RED,
        Verdict::NotEvaluated | Verdict::Warn => YELLOW,
        Verdict::Pass => GREEN,
    }
}

/// The text in lines of at most this many columns; at least one line.
fn wrap(text: &str, width: u16) -> Vec<String> {
    let mut grid = new_grid(width);
    grid.add_row([in_pieces(text)]);
    if let Some(column) = grid.column_mut(0) {
        column.set_padding((0, 0));
    }
    let lines: Vec<String> = grid.lines().collect();
    if lines.is_empty() { vec![String::new()] } else { lines }
}

/// Names and figures keep their words whole where the width allows it; else any word may be broken.
fn grid_lines(table: &Table, width: u16) -> Vec<String> {
    let mut grid = new_grid(width);
    grid.set_header(table.columns.iter().map(|column| column.title));
    for row in &table.rows {
        grid.add_row(row.iter().map(|cell| in_pieces(&words::plain(cell))));
    }
    for (column, look) in table.columns.iter().zip(grid.column_iter_mut()) {
        if column.figures {
            look.set_cell_alignment(CellAlignment::Right);
        }
    }
    let text_widths = [2, 3, 4, 6, 8].map(|part| width / part);
    let fitting =
        text_widths.map(|most| least_widths(table, most)).into_iter().find(|all| total(all) <= u32::from(width));
    for (look, least) in grid.column_iter_mut().zip(fitting.into_iter().flatten()) {
        look.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
    }
    grid.lines().collect()
}

fn total(widths: &[u16]) -> u32 {
    widths.iter().copied().map(u32::from).sum()
}

/// How narrow each column may become, with the space on both sides of it: figures and verdicts stay whole, texts
/// keep their longest word whole as far as `most_for_text` allows it.
fn least_widths(table: &Table, most_for_text: u16) -> Vec<u16> {
    let is_whole = |column: &Column| column.figures || column.title == VERDICT_COLUMN;
    let mut grid = new_grid(u16::MAX);
    grid.add_row(table.columns.iter().map(|column| column.title));
    for row in &table.rows {
        grid.add_row(table.columns.iter().zip(row).map(|(column, cell)| {
            let cell = in_pieces(&words::plain(cell));
            // A line for each word, so that the widest line is the longest word.
            if is_whole(column) { cell } else { cell.replace(' ', "\n") }
        }));
    }
    let longest = grid.column_max_content_widths();
    let most = |column| if is_whole(column) { u16::MAX } else { most_for_text };
    let widths = table.columns.iter().zip(longest);
    widths.map(|(column, longest)| longest.min(most(column)).saturating_add(2)).collect()
}

/// The text with a line break after every so many characters. comfy-table counts columns in 16 bits, panics where
/// they overflow, and takes quadratic time over a long word: a megabyte in one value must not cost the report.
fn in_pieces(text: &str) -> String {
    const PIECE_CHARS: usize = 2_000;
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        if at > 0 && at.is_multiple_of(PIECE_CHARS) {
            out.push('\n');
        }
        out.push(c);
    }
    out
}

/// Without frames. Neither the terminal nor the environment is asked.
fn new_grid(width: u16) -> Grid {
    let mut grid = Grid::new();
    grid.force_no_tty().load_style(TableStyle::new());
    grid.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    grid
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::journal::{DatabaseName, Run, RunHeader};
    use crate::evidence::{Sample, Topic};

    #[test]
    fn a_value_of_any_size_is_printed_whole() {
        let long = |c: &str| c.repeat(70_000);
        let failed = Evidence::new(Topic::Rule, "unique", long("ä"), Verdict::Fail)
            .measured(long("語"))
            .violations(1, vec![Sample::new(long("ö x "), "")]);
        let passed = Evidence::new(Topic::GateAfter, long("ü"), long("ß"), Verdict::Pass).measured(long("é"));
        let database = DatabaseName { name: "wealth".to_owned(), host: "db1.example".to_owned() };
        let run = Run {
            header: RunHeader::new("run-1", "verify", database),
            facts: vec![failed, passed],
            head: crate::digest::Checksum::of(b""),
            torn_tail: false,
            complete: false,
        };
        let page = render(&Report::from_run(&run), &Style::default());
        for c in "語öüßé".chars() {
            assert_eq!(page.matches(c).count(), 70_000, "{c}");
        }
        // Once in the finding, once in the table of rules.
        assert_eq!(page.matches('ä').count(), 140_000);
        // At least one column for each character, so that no line can be wider than the terminal unseen.
        assert!(page.lines().all(|line| line.chars().count() <= 80));
    }
}
