//! Figures that must stay, or change by a given number, although their table changes.

use crate::decimal::Decimal;
use crate::evidence::Evidence;
use crate::phase::{Aggregate, Change, Declared, ObjectKind};
use crate::verdict::Verdict;

use super::super::{ColumnSnapshot, Snapshot, TableSnapshot};
use super::fact;

const CHECK: &str = "figure_expected";

/// One fact for each declared figure, whatever became of its table.
pub(super) fn judge(before: &Snapshot, after: &Snapshot, declared: &Declared) -> Vec<Evidence> {
    let sides = [before, after];
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

/// What a snapshot says of a figure.
enum Figure {
    Is(String),
    /// There is no such table or column, and it was not left out either.
    Nothing,
    /// It cannot be told, and why.
    Unknown(String),
}

fn kept([before, after]: [&Snapshot; 2], aggregate: Aggregate, of: &str) -> Evidence {
    let line = format!("keeps {} {of}", aggregate.word());
    let expected = format!("declared: {line}");
    match (figure(before, aggregate, of), figure(after, aggregate, of)) {
        (Figure::Is(was), Figure::Is(is)) => {
            let same = was == is || as_numbers(&was, &is).is_some_and(|(was, is)| was.equals(&is));
            let verdict = if same { Verdict::Pass } else { Verdict::Fail };
            let measured = if same { format!("{is} before and after") } else { format!("{was} before, {is} after") };
            let fact =
                fact(CHECK, of, verdict).expected(expected).measured(format!("{}: {measured}", aggregate.word()));
            if same { fact } else { wrong(fact) }
        }
        (Figure::Unknown(reason), _) => unknown(of, expected, &format!("before: {reason}")),
        (_, Figure::Unknown(reason)) => unknown(of, expected, &format!("after: {reason}")),
        (Figure::Nothing, Figure::Nothing) => unknown(of, expected, "there is none of that name, before or after"),
        (Figure::Is(was), Figure::Nothing) => {
            wrong(fact(CHECK, of, Verdict::Fail).expected(expected).measured(format!("{was} before, gone after")))
        }
        (Figure::Nothing, Figure::Is(is)) => {
            wrong(fact(CHECK, of, Verdict::Fail).expected(expected).measured(format!("not there before, {is} after")))
        }
    }
}

fn changed(sides: [&Snapshot; 2], of: &str, by: &Decimal) -> Evidence {
    let expected = format!("declared: changes sum {of} by {by}");
    let (was, is) = match sums(sides, &[of.to_owned()]) {
        Ok(sums) => sums,
        Err(reason) => return unknown(of, expected, &reason),
    };
    let difference = is.plus(&was.negated());
    let fits = difference.equals(by);
    let measured = format!("sum {was} before, {is} after: changed by {difference}");
    let fact = fact(CHECK, of, if fits { Verdict::Pass } else { Verdict::Fail }).expected(expected).measured(measured);
    if fits { fact } else { wrong(fact) }
}

fn moved(sides: [&Snapshot; 2], line: &Change, sources: &[String], targets: &[String]) -> Evidence {
    let expected = format!("declared: {line}");
    let subject = sources.join(" + ");
    let all: Vec<String> = sources.iter().chain(targets).cloned().collect();
    let (was, is) = match sums(sides, &all) {
        Ok(sums) => sums,
        Err(reason) => return unknown(&subject, expected, &reason),
    };
    let fits = was.equals(&is);
    let measured = if fits {
        format!("sum of all of them {is} before and after")
    } else {
        format!("sum of all of them {was} before, {is} after: {} apart", is.plus(&was.negated()))
    };
    let verdict = if fits { Verdict::Pass } else { Verdict::Fail };
    let fact = fact(CHECK, &subject, verdict).expected(expected).measured(measured);
    if fits { fact } else { wrong(fact) }
}

/// The sums of all these columns together, before and after. What is not there on one side counts nothing.
fn sums([before, after]: [&Snapshot; 2], columns: &[String]) -> Result<(Decimal, Decimal), String> {
    let mut totals = [Decimal::zero(), Decimal::zero()];
    for column in columns {
        let mut known = false;
        for (total, (snapshot, word)) in totals.iter_mut().zip([(before, "before"), (after, "after")]) {
            match figure(snapshot, Aggregate::Sum, column) {
                Figure::Is(sum) => {
                    let number = Decimal::parse(&sum).ok_or(format!("{word}: the sum of {column} is {sum}"))?;
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

fn as_numbers(one: &str, other: &str) -> Option<(Decimal, Decimal)> {
    Some((Decimal::parse(one)?, Decimal::parse(other)?))
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
