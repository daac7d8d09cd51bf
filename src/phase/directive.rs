//! One line that declares what may change: the same in a phase's header and in a file of expected changes.

use crate::decimal::Decimal;

use super::expected::{Aggregate, BOUNDS, Bound, Counted};
use super::moves::{Fault, Move};
use super::{Change, ObjectKind};

/// What a line may begin with.
pub(super) const VERBS: &str = "adds|changes|drops <kind> <name>, changes data <table> (<columns>) [rows <bound>], \
                                inserts|deletes <table> [rows <bound>], keeps rows <table>, \
                                keeps sum|min|max|nulls <table>.<column>, changes sum <table>.<column> by <number>, \
                                moves sum <table>.<column> -> <table>.<column>, moves|copies <table> -> <table> (<columns>)";

/// Reads one line.
///
/// # Errors
/// The place in the line, in bytes from its beginning, with what is wrong and what is allowed.
pub(super) fn parse(text: &str) -> Result<Vec<Change>, Fault> {
    let line = Line { text };
    let (verb, rest) = line.word(0);
    match (verb, line.word(rest)) {
        ("adds", _) => line.objects(rest, Change::Adds),
        ("changes", ("data", rest)) => line.data(rest),
        ("changes", ("sum", rest)) => line.changes_sum(rest),
        ("changes", _) => line.objects(rest, Change::Changes),
        ("drops", _) => line.objects(rest, Change::Drops),
        ("inserts", _) => line.tables(rest, Counted::Inserts, Change::Inserts),
        ("deletes", _) => line.tables(rest, Counted::Deletes, Change::Deletes),
        ("keeps", (word, names)) => line.keeps(rest, word, names),
        ("moves", ("sum", rest)) => line.moves_sum(rest),
        ("moves" | "copies", _) => Move::parse(&text[rest..], verb == "copies")
            .map(|found| vec![Change::Moves(found)])
            .map_err(|(at, message)| (rest + at, message)),
        _ => Err((0, format!("unknown directive {verb:?}; allowed are {VERBS}"))),
    }
}

#[derive(Clone, Copy)]
struct Line<'a> {
    text: &'a str,
}

impl<'a> Line<'a> {
    /// The word from here on, and where the one after it begins.
    fn word(&self, from: usize) -> (&'a str, usize) {
        let rest = &self.text[from..];
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let next = from + end;
        (&rest[..end], next + (self.text[next..].len() - self.text[next..].trim_start().len()))
    }

    fn objects(&self, from: usize, change: fn(ObjectKind, String) -> Change) -> Result<Vec<Change>, Fault> {
        let (word, rest) = self.word(from);
        let kind = ObjectKind::parse(word).ok_or_else(|| {
            let words: Vec<&str> = ObjectKind::words().collect();
            (0, format!("unknown kind {word:?}; allowed are {}", words.join(", ")))
        })?;
        let names = &self.text[rest..];
        // The arguments of a function have commas of their own.
        let names = if kind == ObjectKind::Function { vec![names.trim().to_owned()] } else { list(names) };
        checked(names, word).map(|names| names.into_iter().map(|name| change(kind, name)).collect())
    }

    fn tables(&self, from: usize, counted: Counted, change: fn(String) -> Change) -> Result<Vec<Change>, Fault> {
        let (names, bound) = self.bound(from)?;
        let names = checked(list(names), "table")?;
        let bounded = bound.map(|bound| bounded(&names, counted, bound).map_err(|message| (from, message)));
        let mut changes: Vec<Change> = names.into_iter().map(change).collect();
        changes.extend(bounded.transpose()?);
        Ok(changes)
    }

    fn data(&self, from: usize) -> Result<Vec<Change>, Fault> {
        let (names, bound) = self.bound(from)?;
        let names = names.trim();
        let wanted = || (0, format!("write it as: changes data public.users (phone, email); found {names:?}"));
        let (table, columns) = names.split_once('(').ok_or_else(wanted)?;
        let columns = list(columns.strip_suffix(')').ok_or_else(wanted)?);
        let table = table.trim().to_owned();
        if columns.is_empty() || columns.iter().any(String::is_empty) || !table.contains('.') {
            return Err(wanted());
        }
        let counted = Counted::Changes(columns.clone());
        let bound = bound.map(|bound| bounded(std::slice::from_ref(&table), counted, bound));
        let mut changes = vec![Change::Data { table, columns }];
        changes.extend(bound.transpose().map_err(|message| (from, message))?);
        Ok(changes)
    }

    /// What stands before ` rows `, and the bound behind it.
    fn bound(&self, from: usize) -> Result<(&'a str, Option<Bound>), Fault> {
        let rest = &self.text[from..];
        let is_word = |at: usize| {
            let behind = &rest[at + " rows".len()..];
            rest[..at].chars().next().is_some()
                && (behind.is_empty() || behind.starts_with(|c: char| c.is_whitespace() || "<>=".contains(c)))
        };
        let Some(at) = rest.match_indices(" rows").map(|(at, _)| at).find(|at| is_word(*at)) else {
            return Ok((rest, None));
        };
        let behind = &rest[at + " rows".len()..];
        let place = from + at + " rows".len() + (behind.len() - behind.trim_start().len());
        match Bound::parse(behind.trim()) {
            Some(bound) => Ok((&rest[..at], Some(bound))),
            None => Err((place, format!("{:?} is no number of rows; write {BOUNDS}", behind.trim()))),
        }
    }

    fn keeps(&self, from: usize, word: &str, names: usize) -> Result<Vec<Change>, Fault> {
        let aggregate = Aggregate::parse(word).ok_or_else(|| {
            (
                from,
                format!(
                    "{word:?} cannot be kept; allowed are keeps rows <table>, keeps sum|min|max|nulls <table>.<column>"
                ),
            )
        })?;
        let rest = self.text[names..].trim();
        if rest.is_empty() {
            return Err((names, format!("what is kept is missing; write keeps {word} {}", example(aggregate))));
        }
        let keep = |name: String| match is_fit(aggregate, &name) {
            true => Ok(Change::Keeps { aggregate, of: name }),
            false => Err((names, format!("{name:?} does not fit; write keeps {word} {}", example(aggregate)))),
        };
        list(rest).into_iter().map(keep).collect()
    }

    fn changes_sum(&self, from: usize) -> Result<Vec<Change>, Fault> {
        const FORM: &str = "write it as: changes sum public.payments.amount by 12.50";
        let (column, next) = self.column(from, FORM)?;
        let (by, number) = self.word(next);
        if by != "by" {
            return Err((next, format!("{by:?} where by is wanted; {FORM}")));
        }
        let text = self.text[number..].trim();
        match Decimal::parse(text) {
            Some(by) => Ok(vec![Change::Sum { of: column, by: by.to_string() }]),
            None => Err((number, format!("{text:?} is no number; {FORM}"))),
        }
    }

    fn moves_sum(&self, from: usize) -> Result<Vec<Change>, Fault> {
        const FORM: &str = "write it as: moves sum public.old.amount -> public.new.amount + public.archive.amount";
        let Some(arrow) = self.text[from..].find("->").map(|at| from + at) else {
            return Err((from, format!("there is no ->; {FORM}")));
        };
        let columns = |from: usize, to: usize| -> Result<Vec<String>, Fault> {
            let mut at = from;
            let mut found = Vec::new();
            for part in self.text[from..to].split('+') {
                let name = part.trim();
                if !is_fit(Aggregate::Sum, name) {
                    return Err((
                        at + (part.len() - part.trim_start().len()),
                        format!("{name:?} is no column; {FORM}"),
                    ));
                }
                found.push(name.to_owned());
                at += part.len() + 1;
            }
            Ok(found)
        };
        let (sources, targets) = (columns(from, arrow)?, columns(arrow + 2, self.text.len())?);
        if let Some(twice) = sources.iter().find(|source| targets.contains(source)) {
            return Err((from, format!("{twice} stands on both sides")));
        }
        Ok(vec![Change::MovesSum { sources, targets }])
    }

    fn column(&self, from: usize, form: &str) -> Result<(String, usize), Fault> {
        let (name, next) = self.word(from);
        if is_fit(Aggregate::Sum, name) {
            Ok((name.to_owned(), next))
        } else {
            Err((from, format!("{name:?} is no column; {form}")))
        }
    }
}

fn bounded(tables: &[String], counted: Counted, bound: Bound) -> Result<Change, String> {
    match tables {
        [table] if !table.contains('*') => Ok(Change::Rows { table: table.clone(), counted, bound }),
        _ => Err("a number of rows is that of one table; give each a line of its own, without *".to_owned()),
    }
}

/// Whether the name has as many parts as what the figure is of.
fn is_fit(aggregate: Aggregate, name: &str) -> bool {
    let parts = if aggregate == Aggregate::Rows { 2 } else { 3 };
    name.split('.').count() == parts
        && name.split('.').all(|part| !part.is_empty())
        && !name.contains(|c: char| c == '*' || c.is_whitespace())
}

fn example(aggregate: Aggregate) -> &'static str {
    if aggregate == Aggregate::Rows { "public.payments" } else { "public.payments.amount" }
}

fn checked(names: Vec<String>, what: &str) -> Result<Vec<String>, Fault> {
    if names.is_empty() || names.iter().any(String::is_empty) {
        return Err((0, format!("the name of the {what} is missing")));
    }
    let bare = names.iter().find(|name| !name.contains('.') && !matches!(what, "schema" | "extension") && *name != "*");
    match bare {
        Some(name) => Err((0, format!("{name:?} has no schema; write public.{name}"))),
        None => Ok(names),
    }
}

fn list(text: &str) -> Vec<String> {
    if text.trim().is_empty() { Vec::new() } else { text.split(',').map(|name| name.trim().to_owned()).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_understood() {
        let data = |columns: &[&str]| columns.iter().map(|column| (*column).to_owned()).collect::<Vec<_>>();
        for (text, expected) in [
            (
                "changes data public.t (a, b) rows <= 1200",
                Change::Rows {
                    table: "public.t".into(),
                    counted: Counted::Changes(data(&["a", "b"])),
                    bound: Bound { least: 0, most: Some(1200) },
                },
            ),
            (
                "inserts public.t rows=500",
                Change::Rows {
                    table: "public.t".into(),
                    counted: Counted::Inserts,
                    bound: Bound { least: 500, most: Some(500) },
                },
            ),
            (
                "deletes public.t rows 10..20",
                Change::Rows {
                    table: "public.t".into(),
                    counted: Counted::Deletes,
                    bound: Bound { least: 10, most: Some(20) },
                },
            ),
            ("keeps rows public.t", Change::Keeps { aggregate: Aggregate::Rows, of: "public.t".into() }),
            ("keeps sum public.t.a", Change::Keeps { aggregate: Aggregate::Sum, of: "public.t.a".into() }),
            ("changes sum public.t.a by -12.50", Change::Sum { of: "public.t.a".into(), by: "-12.50".into() }),
            (
                "moves sum public.t.a -> public.u.b + public.v.c",
                Change::MovesSum { sources: data(&["public.t.a"]), targets: data(&["public.u.b", "public.v.c"]) },
            ),
        ] {
            assert_eq!(parse(text).unwrap().last(), Some(&expected), "{text}");
        }
        assert_eq!(parse("inserts public.rows").unwrap(), [Change::Inserts("public.rows".into())]);
        assert_eq!(parse("keeps min public.t.a, public.t.b").unwrap().len(), 2);
        assert!(matches!(
            parse("copies public.a -> public.b").unwrap()[..],
            [Change::Moves(Move { is_copy: true, .. })]
        ));
    }

    #[test]
    fn faults_have_a_place_and_say_what_is_allowed() {
        for (text, at, part) in [
            ("frees public.x", 0, "keeps sum|min|max|nulls"),
            ("inserts public.t rows many", 22, "rows 10..20"),
            ("inserts public.t rows", 21, "rows 10..20"),
            ("inserts public.t, public.u rows = 5", 8, "a line of its own"),
            ("inserts public.* rows = 5", 8, "without *"),
            ("changes data public.t rows = 5", 0, "changes data public.users"),
            ("keeps avg public.t.a", 6, "keeps sum|min|max|nulls"),
            ("keeps sum", 9, "keeps sum public.payments.amount"),
            ("keeps sum public.t", 10, "keeps sum public.payments.amount"),
            ("keeps rows public.t.a", 11, "keeps rows public.payments"),
            ("changes sum public.t.a 5", 23, "by is wanted"),
            ("changes sum public.t.a by five", 26, "no number"),
            ("moves sum public.t.a", 10, "no ->"),
            ("moves sum public.t.a -> t.b", 24, "no column"),
            ("moves public.t -> u", 18, "write public.u"),
        ] {
            let (place, message) = parse(text).unwrap_err();
            assert!(message.contains(part) && place == at, "{text}: {place}: {message}");
        }
    }
}
