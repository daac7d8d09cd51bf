//! Figures that must stay, or change by a given number, although their table changes.

use crate::decimal::Decimal;
use crate::evidence::{Evidence, REDACTED, Redaction};
use crate::phase::{Aggregate, Change, Declared, ObjectKind};
use crate::verdict::Verdict;

use super::super::{ColumnSnapshot, Snapshot, TableSnapshot};
use super::fact;
use super::renames;

const CHECK: &str = "figure_expected";

/// One fact for each declared figure, whatever became of its table.
pub(super) fn judge(before: &Snapshot, after: &Snapshot, declared: &Declared, redact: &Redaction) -> Vec<Evidence> {
    let sides = &Sides { snapshots: [before, after], redact, other_names: renames::possible(before, after) };
    let mut found = Vec::new();
    let mut sums: Vec<(&str, Decimal)> = Vec::new();
    for (place, change) in declared.changes.iter().enumerate() {
        let is_new = !declared.changes[..place].contains(change);
        match change {
            Change::Sum { of, by } => add(&mut sums, of, by),
            Change::Keeps { aggregate: Aggregate::Sum, of } if by_number(declared, of) => {}
            Change::Keeps { aggregate, of } if is_new => found.push(kept(sides, *aggregate, of)),
            Change::MovesSum { sources, targets } if is_new => found.push(moved(sides, change, sources, targets)),
            _ => {}
        }
    }
    found.extend(sums.iter().map(|(of, by)| changed(sides, of, by)));
    found
}

/// Whether another phase changes this sum by a number: to keep it is then to change it by nothing more.
fn by_number(declared: &Declared, column: &str) -> bool {
    declared.changes.iter().any(|change| matches!(change, Change::Sum { of, .. } if of == column))
}

fn add<'a>(sums: &mut Vec<(&'a str, Decimal)>, of: &'a str, by: &str) {
    // The text was written by a Decimal.
    let by = Decimal::parse(by).unwrap_or_else(Decimal::zero);
    match sums.iter_mut().find(|(known, _)| *known == of) {
        Some((_, sum)) => *sum = sum.plus(&by),
        None => sums.push((of, by)),
    }
}

/// What the figures are read from, and which of them are not shown.
struct Sides<'a> {
    snapshots: [&'a Snapshot; 2],
    redact: &'a Redaction,
    /// Tables and columns that may be one and the same under two names.
    other_names: Vec<(String, String)>,
}

impl Sides<'_> {
    /// Whether the least, the greatest value and the sum of this column are those of one whose values are not shown, under
    /// this name or another that it has on one of the sides.
    fn hides(&self, of: &str) -> bool {
        let Some((table, column)) = of.rsplit_once('.') else { return false };
        let hides = |table: &str, column: &str| self.redact.hides(table, column);
        let partners = |name: &str| -> Vec<&str> {
            let both = self.other_names.iter().flat_map(|(old, new)| [(old, new), (new, old)]);
            both.filter(|(one, _)| *one == name).map(|(_, other)| other.as_str()).collect()
        };
        hides(table, column)
            || partners(table).into_iter().any(|table| hides(table, column))
            || partners(of).into_iter().filter_map(|name| name.rsplit_once('.')).any(|(table, name)| hides(table, name))
    }

    /// A figure as it is shown: counts are, and what tells of values only where they are.
    fn shown(&self, aggregate: Aggregate, of: &str, figure: String) -> String {
        let is_count = matches!(aggregate, Aggregate::Rows | Aggregate::Nulls);
        if !is_count && self.hides(of) { REDACTED.to_owned() } else { figure }
    }
}

/// What a snapshot says of a figure.
enum Figure {
    Is(String),
    /// There is no such table or column, and it was not left out either.
    Nothing,
    /// It cannot be told, and why.
    Unknown(String),
}

fn kept(sides: &Sides<'_>, aggregate: Aggregate, of: &str) -> Evidence {
    let line = format!("keeps {} {of}", aggregate.word());
    let expected = format!("declared: {line}");
    let [before, after] = sides.snapshots;
    let shown = |figure: String| sides.shown(aggregate, of, figure);
    match (figure(before, aggregate, of), figure(after, aggregate, of)) {
        (Figure::Is(was), Figure::Is(is)) => {
            let are_numbers = [before, after].iter().all(|side| is_number(side, aggregate, of));
            let same = was == is || are_numbers && are_equal(&was, &is);
            let verdict = if same { Verdict::Pass } else { Verdict::Fail };
            let (was, is) = (shown(was), shown(is));
            let measured = if same { format!("{is} before and after") } else { format!("{was} before, {is} after") };
            let fact =
                fact(CHECK, of, verdict).expected(expected).measured(format!("{}: {measured}", aggregate.word()));
            if same { fact } else { wrong(fact) }
        }
        (Figure::Unknown(reason), _) => unknown(of, expected, &format!("before: {reason}")),
        (_, Figure::Unknown(reason)) => unknown(of, expected, &format!("after: {reason}")),
        (Figure::Nothing, Figure::Nothing) => unknown(of, expected, "there is none of that name, before or after"),
        (Figure::Is(was), Figure::Nothing) => wrong(
            fact(CHECK, of, Verdict::Fail).expected(expected).measured(format!("{} before, gone after", shown(was))),
        ),
        (Figure::Nothing, Figure::Is(is)) => wrong(
            fact(CHECK, of, Verdict::Fail)
                .expected(expected)
                .measured(format!("not there before, {} after", shown(is))),
        ),
    }
}

fn changed(sides: &Sides<'_>, of: &str, by: &Decimal) -> Evidence {
    let expected = format!("declared: changes sum {of} by {by}");
    let (was, is) = match sums(sides, &[of.to_owned()]) {
        Ok(sums) => sums,
        Err(reason) => return unknown(of, expected, &reason),
    };
    let difference = is.minus(&was);
    let fits = difference.equals(by);
    let measured = match (sides.hides(of), fits) {
        (false, _) => format!("sum {was} before, {is} after: changed by {difference}"),
        (true, true) => format!("sum {REDACTED} before, {REDACTED} after: changed by that"),
        (true, false) => format!("sum {REDACTED} before, {REDACTED} after: changed by another number"),
    };
    let fact = fact(CHECK, of, if fits { Verdict::Pass } else { Verdict::Fail }).expected(expected).measured(measured);
    if fits { fact } else { wrong(fact) }
}

fn moved(sides: &Sides<'_>, line: &Change, sources: &[String], targets: &[String]) -> Evidence {
    let expected = format!("declared: {line}");
    let subject = sources.join(" + ");
    let all: Vec<String> = sources.iter().chain(targets).cloned().collect();
    let (was, is) = match sums(sides, &all) {
        Ok(sums) => sums,
        Err(reason) => return unknown(&subject, expected, &reason),
    };
    let fits = was.equals(&is);
    // What is left of a sum when others are taken away tells of the one that is hidden.
    let measured = match (all.iter().any(|of| sides.hides(of)), fits) {
        (false, true) => format!("sum of all of them {is} before and after"),
        (false, false) => {
            format!("sum of all of them {was} before, {is} after: {} apart", is.minus(&was))
        }
        (true, true) => format!("sum of all of them {REDACTED} before and after"),
        (true, false) => format!("sum of all of them {REDACTED} before, another after"),
    };
    let verdict = if fits { Verdict::Pass } else { Verdict::Fail };
    let fact = fact(CHECK, &subject, verdict).expected(expected).measured(measured);
    if fits { fact } else { wrong(fact) }
}

/// The sums of all these columns together, before and after. What is not there on one side counts nothing.
fn sums(sides: &Sides<'_>, columns: &[String]) -> Result<(Decimal, Decimal), String> {
    let [before, after] = sides.snapshots;
    let mut totals = [Decimal::zero(), Decimal::zero()];
    for column in columns {
        let mut known = false;
        for (total, (snapshot, word)) in totals.iter_mut().zip([(before, "before"), (after, "after")]) {
            match figure(snapshot, Aggregate::Sum, column) {
                Figure::Is(sum) => {
                    let number = Decimal::parse(&sum).ok_or_else(|| format!("{word}: {}", no_finite_sum(column)))?;
                    *total = total.plus(&number);
                    known = true;
                }
                Figure::Nothing => {}
                Figure::Unknown(reason) => return Err(format!("{word}: {reason}")),
            }
        }
        if !known {
            return Err(format!("there is no {column}, before or after"));
        }
    }
    let [was, is] = totals;
    Ok((was, is))
}

fn figure(snapshot: &Snapshot, aggregate: Aggregate, of: &str) -> Figure {
    let (table, column) = match aggregate {
        Aggregate::Rows => (of, None),
        _ => of.rsplit_once('.').map_or((of, None), |(table, column)| (table, Some(column))),
    };
    let Some(found) = snapshot.table(table) else { return missing_table(snapshot, table) };
    let Some(column) = column else { return Figure::Is(found.rows.to_string()) };
    let Some(known) = found.column(column) else {
        let name = format!("{table}.{column}");
        let is_there = is_object(snapshot, &[ObjectKind::Column], &name)
            || snapshot.excluded_columns.iter().any(|excluded| excluded.column == name);
        return if is_there {
            Figure::Unknown(format!("{name} was left out of the snapshot"))
        } else {
            Figure::Nothing
        };
    };
    of_column(found, known, aggregate)
}

fn missing_table(snapshot: &Snapshot, table: &str) -> Figure {
    if let Some(missed) = snapshot.not_covered.iter().find(|missed| missed.name == table) {
        return Figure::Unknown(format!("{table} was not read: {}", missed.reason));
    }
    match is_object(snapshot, &[ObjectKind::Table, ObjectKind::MaterializedView], table) {
        true => Figure::Unknown(format!("{table} is not read by itself: a partition is read with its parent")),
        false => Figure::Nothing,
    }
}

fn is_object(snapshot: &Snapshot, kinds: &[ObjectKind], name: &str) -> bool {
    snapshot.schema.objects.iter().any(|object| kinds.contains(&object.kind) && object.name == name)
}

fn of_column(table: &TableSnapshot, column: &ColumnSnapshot, aggregate: Aggregate) -> Figure {
    let name = format!("{}.{}", table.name, column.name);
    let is_empty = column.nulls >= table.rows;
    let bound = |bound: &Option<String>| match bound {
        Some(text) if text.ends_with('…') => {
            Figure::Unknown(format!("the {} of {name} is too long to be kept", aggregate.word()))
        }
        Some(text) => Figure::Is(text.clone()),
        None if is_empty => Figure::Is("none".into()),
        None => Figure::Unknown(format!("{} is {}, which has no order", name, column.type_name)),
    };
    match aggregate {
        Aggregate::Rows => Figure::Is(table.rows.to_string()),
        Aggregate::Nulls => Figure::Is(column.nulls.to_string()),
        Aggregate::Min => bound(&column.min),
        Aggregate::Max => bound(&column.max),
        Aggregate::Sum => match &column.sum {
            // With one NaN among the values it is NaN whatever becomes of the others.
            Some(sum) if Decimal::parse(sum).is_none() => Figure::Unknown(no_finite_sum(&name)),
            Some(sum) => Figure::Is(sum.clone()),
            None if is_empty && is_summed(column) => Figure::Is("0".into()),
            None => Figure::Unknown(format!("{} is {}, which has no exact sum", name, column.type_name)),
        },
    }
}

/// Whether the column has a sum as soon as it has a value.
fn is_summed(column: &ColumnSnapshot) -> bool {
    let types = ["smallint", "integer", "bigint", "numeric"];
    types.iter().any(|name| column.type_name.starts_with(name) && !column.type_name.ends_with(']'))
        || column.form == "int"
}

fn no_finite_sum(column: &str) -> String {
    format!("a value of {column} is NaN or infinite, and so is its sum, which tells nothing of the others")
}

/// Whether the figure is a number: 1.0 and 1.00 are one, and two where they are texts.
fn is_number(snapshot: &Snapshot, aggregate: Aggregate, of: &str) -> bool {
    if !matches!(aggregate, Aggregate::Min | Aggregate::Max) {
        return true;
    }
    let column = of.rsplit_once('.').and_then(|(table, column)| snapshot.table(table)?.column(column));
    column.is_some_and(|column| is_summed(column) || ["real", "double precision"].contains(&column.type_name.as_str()))
}

fn are_equal(one: &str, other: &str) -> bool {
    Decimal::parse(one).zip(Decimal::parse(other)).is_some_and(|(one, other)| one.equals(&other))
}

fn wrong(fact: Evidence) -> Evidence {
    fact.remedy("look at the statements that write to it; if the figure is right as it is, correct the declaration")
}

fn unknown(subject: &str, expected: String, reason: &str) -> Evidence {
    fact(CHECK, subject, Verdict::NotEvaluated)
        .expected(expected)
        .measured(format!("not evaluated: {reason}"))
        .remedy("name a table or column that both snapshots read")
}
