//! How numbers, times and strangers' text are put on a page.

use time::OffsetDateTime;
use time::UtcOffset;

use super::{Counts, Decision};
use crate::evidence::Topic;

/// Text that may come from the database, made harmless for a page: one line, nothing invisible, no terminal codes.
///
/// Control characters (line ends, tabs, the escape that begins a colour), line separators, characters that turn the
/// direction of writing around and invisible ones become `\n`, `\t`, `\u{1b}` and so on. Everything else stays.
/// A backslash stays single, since patterns and paths are full of them; the JSON report has the exact text.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_deceptive(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// Whether a character would move the cursor, colour the page, turn text around, or not be seen at all.
pub(super) fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// `1,234,567`
pub(super) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `0.4 ms`, `35 ms`, `1.24 s`, `2 min 05 s`, `1 h 05 min`; `-` where no time was taken or it is no length of time.
pub(super) fn duration(took_ms: f64) -> String {
    let Ok(took) = std::time::Duration::try_from_secs_f64(took_ms / 1000.0) else { return "-".to_owned() };
    if took.is_zero() {
        return "-".to_owned();
    }
    if took_ms < 9.95 {
        return format!("{took_ms:.1} ms");
    }
    if took_ms < 999.5 {
        return format!("{took_ms:.0} ms");
    }
    if took_ms < 59_995.0 {
        return format!("{:.2} s", took_ms / 1000.0);
    }
    let seconds = took.as_secs() + u64::from(took.subsec_millis() >= 500);
    if seconds < 3600 {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    } else {
        format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60)
    }
}

/// `2026-11-23 01:02:03 UTC`
pub(super) fn instant(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// `3 failed, 1 not evaluated, 1 warning, 42 passed`: only what there is, the worst first.
pub(super) fn counts(counts: &Counts) -> String {
    let warned = if counts.warned == 1 { "warning" } else { "warnings" };
    let parts: Vec<String> = [
        (counts.failed, "failed"),
        (counts.not_evaluated, "not evaluated"),
        (counts.warned, warned),
        (counts.passed, "passed"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{} {word}", number(u64::try_from(count).unwrap_or(u64::MAX))))
    .collect();
    if parts.is_empty() { "0 checks".to_owned() } else { parts.join(", ") }
}

/// What a decision says, in one sentence.
pub(super) fn meaning(decision: Decision) -> &'static str {
    match decision {
        Decision::Go => "everything that was checked is as expected or declared tolerable",
        Decision::NoGo => "something that was checked is not as expected",
        Decision::CouldNotJudge => "something could not be measured, and that is not a pass",
    }
}

/// What kind of fact it is, as a word before the check's id.
pub(super) fn topic(topic: Topic) -> &'static str {
    match topic {
        Topic::Environment => "environment",
        Topic::Plan => "plan",
        Topic::Phase => "phase",
        Topic::GateBefore => "gate before",
        Topic::GateAfter => "gate after",
        Topic::RuleBefore => "rule before",
        Topic::Rule => "rule",
        Topic::Snapshot => "snapshot",
        Topic::Difference => "difference",
        Topic::Coverage => "coverage",
        Topic::Group => "group",
        Topic::Verdict => "verdict",
    }
}

/// `4 of 1,234,567 rows`, as far as it is known.
pub(super) fn violating(violations: u64, rows_examined: Option<u64>) -> String {
    match rows_examined {
        Some(rows) => format!("{} of {} rows", number(violations), number(rows)),
        None => number(violations),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_separators() {
        let pairs = [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345, "12,345"), (1_234_567, "1,234,567")];
        for (n, text) in pairs {
            assert_eq!(number(n), text);
        }
        assert_eq!(number(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn durations_keep_three_digits_and_a_unit() {
        let pairs = [
            (0.0, "-"),
            (0.44, "0.4 ms"),
            (9.99, "10 ms"),
            (35.2, "35 ms"),
            (999.7, "1.00 s"),
            (1240.0, "1.24 s"),
            (59_999.0, "1 min 00 s"),
            (125_000.0, "2 min 05 s"),
            (3_599_700.0, "1 h 00 min"),
            (3_900_000.0, "1 h 05 min"),
            (-1.0, "-"),
            (f64::NAN, "-"),
            (f64::INFINITY, "-"),
        ];
        for (ms, text) in pairs {
            assert_eq!(duration(ms), text, "{ms}");
        }
    }

    #[test]
    fn instants_are_utc() {
        let at = OffsetDateTime::from_unix_timestamp(1_795_395_723).unwrap();
        let there = at.to_offset(UtcOffset::from_hms(5, 30, 0).unwrap());
        assert_eq!(instant(at), "2026-11-23 01:02:03 UTC");
        assert_eq!(instant(there), instant(at));
    }

    #[test]
    fn nothing_that_moves_colours_hides_or_turns_comes_through() {
        assert_eq!(plain("a\nb\r\tc\u{1b}[31mred"), "a\\nb\\r\\tc\\u{1b}[31mred");
        assert_eq!(plain("\u{9b}31m \u{202e}evil \u{200b}x\u{2028}y"), "\\u{9b}31m \\u{202e}evil \\u{200b}x\\u{2028}y");
        assert_eq!(plain(r"^\d+$ Müller 株式会社 🏦"), r"^\d+$ Müller 株式会社 🏦");
    }
}
