//! Rows that move or are copied from tables to tables, and how their columns answer to each other.

use serde::{Deserialize, Serialize};

/// `moves a -> b + c (x, y = z)`: what stood in the sources stands in the targets, no row more and none less.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// Whether the sources keep their rows: `copies`.
    pub is_copy: bool,
    /// The tables that the rows come from.
    pub sources: Vec<Side>,
    /// The tables that they go to.
    pub targets: Vec<Side>,
}

/// One table of a move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// `schema.name`.
    pub table: String,
    /// The SQL condition on the rows that have a part in it; `None`: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// The SQL expressions over this table that are compared, in one order on all sides; empty: the columns that all of
    /// them share.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

/// A place in a declaration, in bytes from its beginning, and what is wrong there.
pub(super) type Fault = (usize, String);

const FORM: &str = "write it as: moves public.old -> public.new, or moves public.old where (not archived) -> \
                    public.new + public.archive (id, amount = value, lower(name) = name)";

impl Move {
    /// Reads what stands behind the verb.
    pub(super) fn parse(text: &str, is_copy: bool) -> Result<Move, Fault> {
        let arrow = find(text, "->").ok_or((0, format!("there is no ->; {FORM}")))?;
        let sources: Vec<Read> = sides(text, 0, arrow)?;
        let mut targets: Vec<Read> = sides(text, arrow + 2, text.len())?;
        if let Some(source) = sources.iter().find(|side| side.mapping.is_some()) {
            return Err((source.at, format!("the columns stand behind the targets; {FORM}")));
        }
        // One list at the end is that of all targets.
        let lists = targets.iter().filter(|side| side.mapping.is_some()).count();
        if let Some(last) = targets.last().and_then(|side| side.mapping.clone()).filter(|_| lists == 1) {
            targets.iter_mut().for_each(|side| side.mapping = Some(last.clone()));
        } else if lists > 0 && lists < targets.len() {
            let at = targets.iter().find(|side| side.mapping.is_none()).map_or(0, |side| side.at);
            return Err((
                at,
                "this target has no columns and others have; give all of them a list, or the last one".into(),
            ));
        }
        let lefts = |side: &Read| -> Vec<String> { pairs(side).map(|(left, _)| left.clone()).collect() };
        let first = targets.first().map(lefts).unwrap_or_default();
        if let Some(other) = targets.iter().find(|side| lefts(side) != first) {
            let message = "the lists of the targets do not begin with the same sources in the same order".to_owned();
            return Err((other.at, message));
        }
        let mut seen = std::collections::BTreeSet::new();
        if let Some(twice) = sources.iter().chain(&targets).find(|side| !seen.insert(side.table.clone())) {
            return Err((twice.at, format!("{} stands here twice", twice.table)));
        }
        let source = |side: Read| Side { table: side.table, condition: side.condition, values: first.clone() };
        let target = |side: Read| {
            let values = pairs(&side).map(|(_, right)| right.clone()).collect();
            Side { table: side.table, condition: side.condition, values }
        };
        let targets = targets.into_iter().map(target).collect();
        Ok(Move { is_copy, sources: sources.into_iter().map(source).collect(), targets })
    }

    /// All tables of it: the sources first.
    pub fn sides(&self) -> impl Iterator<Item = &Side> {
        self.sources.iter().chain(&self.targets)
    }

    /// The expressions over the sources, by which the columns are named; empty: those that all share.
    pub fn values(&self) -> &[String] {
        self.sources.first().map_or(&[], |side| &side.values)
    }
}

impl std::fmt::Display for Move {
    /// As a declaration writes it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let side = |side: &Side| match &side.condition {
            Some(condition) => format!("{} where ({condition})", side.table),
            None => side.table.clone(),
        };
        let list = |target: &Side| -> String {
            let pair = |(left, right): (&String, &String)| match left == right {
                true => left.clone(),
                false => format!("{left} = {right}"),
            };
            let pairs: Vec<String> = self.values().iter().zip(&target.values).map(pair).collect();
            if pairs.is_empty() { String::new() } else { format!(" ({})", pairs.join(", ")) }
        };
        let sources: Vec<String> = self.sources.iter().map(side).collect();
        let targets: Vec<String> = self.targets.iter().map(|target| side(target) + &list(target)).collect();
        let verb = if self.is_copy { "copies" } else { "moves" };
        write!(f, "{verb} {} -> {}", sources.join(" + "), targets.join(" + "))
    }
}

/// A side as it was read.
struct Read {
    at: usize,
    table: String,
    condition: Option<String>,
    mapping: Option<Vec<(String, String)>>,
}

fn pairs(side: &Read) -> impl Iterator<Item = &(String, String)> {
    side.mapping.iter().flatten()
}

fn sides(text: &str, from: usize, to: usize) -> Result<Vec<Read>, Fault> {
    split(text, from, to, "+").into_iter().map(|(from, to)| side(text, from, to)).collect()
}

fn side(text: &str, from: usize, to: usize) -> Result<Read, Fault> {
    let at = from + blanks(&text[from..to]);
    let end = text[at..to].find(|c: char| c.is_whitespace() || c == '(').map_or(to, |end| at + end);
    let table = text[at..end].to_owned();
    let is_name = table.split('.').count() == 2 && table.split('.').all(|part| !part.is_empty());
    if !is_name || table.contains('*') {
        let remedy =
            if table.is_empty() || table.contains('*') { FORM.into() } else { format!("write public.{table}") };
        return Err((at, format!("{table:?} is not a table with its schema; {remedy}")));
    }
    let mut side = Read { at, table, condition: None, mapping: None };
    let mut rest = end + blanks(&text[end..to]);
    if let Some(condition) = text[rest..to].strip_prefix("where") {
        let open = rest + "where".len() + blanks(condition);
        let (inner, next) = group(text, open, to)?;
        side.condition = Some(checked(inner, open)?);
        rest = next + blanks(&text[next..to]);
    }
    if rest < to {
        let (_, next) = group(text, rest, to)?;
        side.mapping = Some(mapping(text, rest + 1, next - 1)?);
        rest = next + blanks(&text[next..to]);
    }
    if rest < to { Err((rest, format!("{:?} is too much here; {FORM}", &text[rest..to]))) } else { Ok(side) }
}

fn mapping(text: &str, from: usize, to: usize) -> Result<Vec<(String, String)>, Fault> {
    let mut pairs = Vec::new();
    for (from, to) in split(text, from, to, ",") {
        let sides = split(text, from, to, "=");
        let read = |(from, to): (usize, usize)| checked(&text[from..to], from);
        pairs.push(match sides.as_slice() {
            [only] => (read(*only)?, read(*only)?),
            [left, right] => (read(*left)?, read(*right)?),
            _ => return Err((from, "a second = in one pair; put an expression with = in parentheses".into())),
        });
    }
    Ok(pairs)
}

/// An expression, which must not end the statement that it will stand in.
fn checked(text: &str, at: usize) -> Result<String, Fault> {
    let text = text.trim();
    let spoils = ["--", "/*", ";"].into_iter().find(|spoils| find(text, spoils).is_some() || text.contains(spoils));
    match spoils {
        Some(spoils) => Err((at, format!("{spoils:?} cannot stand in an expression"))),
        None if text.is_empty() => Err((at, format!("an expression or a column is missing; {FORM}"))),
        None => Ok(text.to_owned()),
    }
}

/// What stands in the parentheses that open here, and the place behind them.
fn group(text: &str, open: usize, to: usize) -> Result<(&str, usize), Fault> {
    if !text[open..to].starts_with('(') {
        return Err((open, format!("a parenthesis is missing; {FORM}")));
    }
    let close = Scan::new(&text[open..to]).find(|(_, depth, byte)| *depth == 0 && *byte == b')');
    let (close, ..) = close.ok_or((open, "this parenthesis or a quote in it is not closed".to_owned()))?;
    Ok((&text[open + 1..open + close], open + close + 1))
}

fn blanks(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// Where this sign stands outside of parentheses and quotes.
fn find(text: &str, sign: &str) -> Option<usize> {
    Scan::new(text).find(|(at, depth, _)| *depth == 0 && text[*at..].starts_with(sign)).map(|(at, ..)| at)
}

/// The parts between these signs outside of parentheses and quotes.
fn split(text: &str, from: usize, to: usize, sign: &str) -> Vec<(usize, usize)> {
    let mut parts = Vec::new();
    let mut start = from;
    while let Some(at) = find(&text[start..to], sign) {
        parts.push((start, start + at));
        start += at + sign.len();
    }
    parts.push((start, to));
    parts
}

/// The bytes outside of quotes, each with its place and how many parentheses are open behind it.
struct Scan<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
    quote: Option<u8>,
}

impl Scan<'_> {
    fn new(text: &str) -> Scan<'_> {
        Scan { text: text.as_bytes(), at: 0, depth: 0, quote: None }
    }
}

impl Iterator for Scan<'_> {
    type Item = (usize, usize, u8);

    fn next(&mut self) -> Option<(usize, usize, u8)> {
        loop {
            let byte = *self.text.get(self.at)?;
            self.at += 1;
            match (self.quote, byte) {
                (Some(quote), _) => {
                    if byte == quote {
                        self.quote = None;
                    }
                }
                (None, b'\'' | b'"') => self.quote = Some(byte),
                // A byte within a character is no place of it.
                (None, _) if byte & 0xC0 == 0x80 => {}
                (None, _) => {
                    match byte {
                        b'(' => self.depth += 1,
                        b')' => self.depth = self.depth.saturating_sub(1),
                        _ => {}
                    }
                    return Some((self.at - 1, self.depth, byte));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Move {
        Move::parse(text, false).unwrap_or_else(|(at, message)| panic!("{text}: {at}: {message}"))
    }

    #[test]
    fn a_move_reads_as_it_is_written() {
        for text in [
            "public.a -> public.b",
            "public.a + public.z -> public.b where (x <> 'it''s -> (') + public.c",
            "public.a where (not archived) -> public.b (id, amount = value, lower(name) = name, coalesce(x, ', ') = (y = 1))",
        ] {
            assert_eq!(read(text).to_string(), format!("moves {text}").replace("+ public.c (", "+ public.c ("));
        }
        let one = read("public.a -> public.b (id, amount = value) + public.c (id, amount = total)");
        assert_eq!(one.values(), ["id", "amount"]);
        assert_eq!((&*one.targets[0].values[1], &*one.targets[1].values[1]), ("value", "total"));
        let shared = read("public.a -> public.b + public.c (id, amount = value)");
        assert_eq!(shared.targets[0].values, shared.targets[1].values);
    }

    #[test]
    fn faults_have_a_place() {
        for (text, at, part) in [
            ("public.a", 0, "there is no ->"),
            ("a -> public.b", 0, "write public.a"),
            ("public.a -> b", 12, "write public.b"),
            ("public.* -> public.b", 0, "is not a table"),
            ("public.a (id) -> public.b", 0, "behind the targets"),
            ("public.a -> public.b (id", 21, "not closed"),
            ("public.a -> public.b (id = x = y)", 22, "a second ="),
            ("public.a -> public.b (id,)", 25, "missing"),
            ("public.a -> public.b where x", 27, "parenthesis is missing"),
            ("public.a -> public.b (id) and", 26, "too much"),
            ("public.a -> public.b (id; drop)", 22, "cannot stand"),
            ("public.a -> public.b (x = id) + public.c", 32, "no columns"),
            ("public.a -> public.b (x) + public.c (y)", 27, "same sources"),
            ("public.a -> public.a", 12, "twice"),
        ] {
            let (place, message) = Move::parse(text, false).unwrap_err();
            assert!(message.contains(part) && place == at, "{text}: {place}: {message}");
        }
    }
}
