//! Patterns over texts, and the cheaper question that asks the same.
//!
//! PostgreSQL's matcher pays for a counted repeat of a class by unrolling it: `^[0-9a-f]{40}$` took seven times as long as
//! `length = 40` and `^[0-9a-f]+$` together (measured on PostgreSQL 15). A pattern of exactly that form is asked that way.

use crate::db::quote_literal;

/// The condition that is true where the text (an SQL expression) does not match; NULL where it is NULL.
pub(super) fn mismatch(text: &str, pattern: &str, ignore_case: bool) -> String {
    let operator = if ignore_case { "~*" } else { "~" };
    match counted_class(pattern).filter(|_| !ignore_case) {
        Some((class, length)) => {
            let every = quote_literal(&format!("^{class}+$"));
            // The length first: it is the cheaper of the two. A line end counts as a character in both.
            format!("(pg_catalog.length({text}) <> {length} OR NOT ({text} ~ {every}))")
        }
        None => format!("NOT ({text} {operator} {})", quote_literal(pattern)),
    }
}

/// `^[class]{n}$` with n above 0, and nothing besides.
fn counted_class(pattern: &str) -> Option<(&str, u32)> {
    let body = pattern.strip_prefix('^')?.strip_suffix("}$")?;
    let (class, count) = body.rsplit_once('{')?;
    let inner = class.strip_prefix('[')?.strip_suffix(']')?;
    // A bracket inside would end the class early, or begin a class of its own; a backslash may mean anything.
    if inner.is_empty() || inner.contains(['[', ']', '\\']) {
        return None;
    }
    count.parse().ok().filter(|count| *count > 0).map(|count| (class, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_counted_class_alone_is_rewritten() {
        assert_eq!(counted_class("^[0-9a-f]{40}$"), Some(("[0-9a-f]", 40)));
        for other in
            ["[0-9]{4}$", "^[0-9]{4}", "^[0-9]{4,5}$", "^[0-9]{0}$", "^a[0-9]{4}$", "^[0-9][a-z]{4}$", "^[^\\d]{3}$"]
        {
            assert_eq!(counted_class(other), None, "{other}");
        }
        assert!(mismatch("x", "^[ab]{2}$", false).contains("length(x) <> 2"));
        assert_eq!(mismatch("x", "^[ab]{2}$", true), "NOT (x ~* '^[ab]{2}$')");
    }
}
