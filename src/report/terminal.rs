//! The report for the eye, at any width, calm: colour only where a decision is.
//!
//! Failures, warnings and what was not evaluated stand in full, without their probes (Markdown, JSON and CSV have
//! those). Long texts wrap and are never cut.

use comfy_table::{
    CellAlignment, ColumnConstraint, ContentArrangement, ContentLineStyle, LineStyle, Table as Grid, TableStyle,
};

use super::sections::{Body, Section, Table, VERDICT_COLUMN, finding_pairs, sections};
use super::{Decision, Report, Style, words};
use crate::evidence::Evidence;
use crate::verdict::Verdict;

/// The report as lines of at most `style.width` columns.
pub(super) fn render(report: &Report, style: &Style) -> String {
    let mut page = Page { lines: Vec::new(), width: style.width.max(40), colour: style.colour };
    page.headline(report);
    for section in sections(report) {
        page.section(&section);
    }
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
    fn headline(&mut self, report: &Report) {
        let colour = match report.decision {
            Decision::Go => GREEN,
            Decision::NoGo => RED,
            Decision::CouldNotJudge => YELLOW,
        };
        let rule = self.paint(colour, &"━".repeat(usize::from(self.width)));
        let word = report.decision.word();
        self.lines.push(rule.clone());
        self.hanging(&format!(" {word}"), &format!("{BOLD};{colour}"), word.len() + 4, &words::counts(&report.counts));
        for remark in &report.remarks {
            self.hanging("", DIM, word.len() + 4, &words::plain(remark));
        }
        self.lines.push(rule);
    }

    fn section(&mut self, section: &Section<'_>) {
        let title = format!(" {} ", section.title);
        let rest = usize::from(self.width).saturating_sub(title.chars().count());
        let line = self.paint(BOLD, &title) + &self.paint(DIM, &"─".repeat(rest));
        // The first section stands close to the headline; the others keep their distance.
        self.lines.extend([String::new(), line]);
        match &section.body {
            Body::Findings(facts) => self.findings(facts),
            Body::Table(table) => self.table(table),
            Body::Pairs(pairs) => self.pairs(pairs),
            Body::Note(note) => self.hanging("", DIM, 1, note),
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
                self.hanging(&format!("     {name}"), DIM, 16, &words::plain(&text));
            }
        }
    }

    fn pairs(&mut self, pairs: &[(String, String)]) {
        for (name, text) in pairs {
            self.hanging(&format!(" {name}"), DIM, 11, &words::plain(text));
        }
    }

    fn table(&mut self, table: &Table) {
        let has_verdicts = table.columns.first().is_some_and(|column| column.title == VERDICT_COLUMN);
        for (at, line) in grid_lines(table, self.width).into_iter().enumerate() {
            let line = match at {
                0 | 1 => self.paint(DIM, &line),
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
            let gap = " ".repeat(indent.saturating_sub(label.len()));
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
    grid.add_row([text]);
    if let Some(column) = grid.column_mut(0) {
        column.set_padding((0, 0));
    }
    let lines: Vec<String> = grid.lines().collect();
    if lines.is_empty() { vec![String::new()] } else { lines }
}

fn grid_lines(table: &Table, width: u16) -> Vec<String> {
    let mut grid = new_grid(width);
    grid.set_header(table.columns.iter().map(|column| column.title));
    for row in &table.rows {
        grid.add_row(row.iter().map(|cell| words::plain(cell)));
    }
    for (column, look) in table.columns.iter().zip(grid.column_iter_mut()) {
        if column.figures {
            look.set_cell_alignment(CellAlignment::Right);
        }
        if column.figures || column.title == VERDICT_COLUMN {
            look.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    grid.lines().collect()
}

/// Without frames; a thin line under the titles. Neither the terminal nor the environment is asked.
fn new_grid(width: u16) -> Grid {
    let style = TableStyle::new()
        .header_separator(LineStyle::none().fill('╌').junction('╌'))
        .content_lines(ContentLineStyle::none());
    let mut grid = Grid::new();
    grid.force_no_tty().load_style(style).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    grid
}
