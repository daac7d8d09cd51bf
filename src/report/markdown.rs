//! The page to sign, in GitHub's Markdown.

use super::sections::{Body, Table, finding_pairs, sections};
use super::{Report, Style, words};
use crate::evidence::Evidence;

/// The report as a Markdown document, with the probe of every finding and empty lines for signatures.
pub(super) fn render(report: &Report, _style: &Style) -> String {
    let database = &report.header.database;
    let mut page = format!(
        "# {}: {} on {}\n\n**{}**: {}.\n",
        report.decision.word(),
        escape(&database.name),
        escape(&database.host),
        words::counts(&report.counts),
        words::meaning(report.decision),
    );
    if !report.remarks.is_empty() {
        page.push('\n');
    }
    for remark in &report.remarks {
        page += &format!("- {}\n", escape(remark));
    }
    for section in sections(report) {
        page += &format!("\n## {}\n\n", escape(&section.title));
        page += &match &section.body {
            Body::Findings(facts) => findings(facts),
            Body::Table(rows) | Body::Detail(rows) => table(rows),
            Body::Pairs(pairs) => pairs.iter().map(|(name, text)| item(name, text)).collect(),
            Body::Note(note) => format!("{}.\n", escape(note)),
        };
    }
    page + &signatures(report)
}

fn findings(facts: &[&Evidence]) -> String {
    let mut out = Vec::new();
    for (at, fact) in facts.iter().enumerate() {
        let mut finding = format!("### {}. {}\n\n", at + 1, escape(&fact.subject));
        for (name, text) in finding_pairs(fact) {
            // A nameless line is one more sample.
            finding += &if name.is_empty() { format!("  - {}\n", escape(&text)) } else { named(name, &text) };
        }
        if let Some(probe) = &fact.probe {
            finding += &format!("\nMeasured by:\n\n{}", fenced(probe));
        }
        out.push(finding);
    }
    out.join("\n")
}

fn named(name: &str, text: &str) -> String {
    if name == "samples" { format!("- **samples**\n  - {}\n", escape(text)) } else { item(name, text) }
}

fn item(name: &str, text: &str) -> String {
    format!("- **{name}** {}\n", escape(text))
}

fn table(table: &Table) -> String {
    let titles: Vec<String> = table.columns.iter().map(|column| column.title.to_owned()).collect();
    let rulers: Vec<String> =
        table.columns.iter().map(|column| if column.figures { "---:" } else { "---" }.to_owned()).collect();
    let rows = table.rows.iter().map(|row| row.iter().map(|cell| escape(cell)).collect());
    [titles, rulers].into_iter().chain(rows).map(|cells: Vec<String>| format!("| {} |\n", cells.join(" | "))).collect()
}

fn signatures(report: &Report) -> String {
    format!(
        "\n## Signatures\n\nWho signs has read this report, also what was not checked and what was not evaluated. \
         The signature is for the evidence whose last line has the hash `{}`.\n\n\
         | Name | Role | Date | Signature |\n| --- | --- | --- | --- |\n{}",
        report.head,
        "| &nbsp; | | | |\n".repeat(3)
    )
}

/// A block that shows text as it is, lines kept. Its fence is longer than any run of backticks in it.
fn fenced(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let lines: String = text.lines().map(|line| format!("{}\n", words::plain(line))).collect();
    format!("{fence}sql\n{lines}{fence}\n")
}

/// Text that cannot become markup: no column of a table, no code, no emphasis, no link or picture, no HTML.
fn escape(text: &str) -> String {
    let plain = words::plain(text);
    let mut out = String::with_capacity(plain.len());
    let mut before = ' ';
    let mut rest = plain.chars().peekable();
    while let Some(c) = rest.next() {
        let inside_word = before.is_alphanumeric() && rest.peek().is_some_and(|next| next.is_alphanumeric());
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // An underscore inside a word means nothing, and names are full of them.
            '_' if inside_word => out.push(c),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | '#' => out.extend(['\\', c]),
            c => out.push(c),
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_cannot_become_markup() {
        assert_eq!(escape("a|b `c` <b>&amp;"), r"a\|b \`c\` &lt;b&gt;&amp;amp;");
        assert_eq!(escape("![x](http://e)"), r"!\[x\](http://e)");
        assert_eq!(escape("public.client_group _x_\n# t"), r"public.client_group \_x\_\\n\# t");
    }

    #[test]
    fn a_probe_cannot_leave_its_block() {
        assert_eq!(fenced("select 1\n```\n# GO"), "````sql\nselect 1\n```\n# GO\n````\n");
        assert_eq!(fenced("select '\u{1b}[31m'"), "```sql\nselect '\\u{1b}[31m'\n```\n");
    }
}
