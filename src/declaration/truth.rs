//! Whether shapes say the truth of what the reader of a file takes: each is held against the type that is read by it.
//!
//! A file is made from the shape alone, with what is required, and each of its values in turn is replaced by values of
//! every sort. Whatever the shape lets through, the type must take; whatever of the plain sorts the type takes, the shape
//! must let through, but for values beyond the bounds that the shape sets of its own.

use toml::de::DeTable;
use toml::{Table, Value};

use super::complaints::Complaints;
use super::fits::fits;
use super::form::Form;
use super::parameter::Parameter;
use super::shape::Shape;

/// Reads a value as the type that stands for a shape; the reader's words where it does not.
pub(crate) type Read<'a> = &'a (dyn Fn(Value) -> Result<(), String> + 'a);

/// Reads a value as the file's reader does.
pub(crate) fn read_as<T: serde::de::DeserializeOwned>(value: Value) -> Result<(), String> {
    let text = toml::to_string(&value).map_err(|error| error.to_string())?;
    toml::from_str::<T>(&text).map(drop).map_err(|error| error.message().to_owned())
}

/// Everything in which shape and type differ. Each line names the place.
pub(crate) fn differences(shape: &Shape, place: &str, read: Read<'_>) -> Vec<String> {
    let mut found = Vec::new();
    hold(shape, place, read, &mut found);
    found
}

/// A value of a shape, as small as it may be.
pub(crate) fn smallest(shape: &Shape) -> Value {
    match shape {
        Shape::Flag => true.into(),
        Shape::Whole { least, most } => 7.clamp(*least, *most).into(),
        Shape::Number { least, most } => 2.0_f64.clamp(*least, *most).into(),
        Shape::Numbers(numbers) => numbers[0].into(),
        Shape::Text(form) => example(*form).into(),
        Shape::Word(words) => words[0].into(),
        Shape::Moment => Value::Datetime("2026-01-31T12:00:00Z".parse().unwrap()),
        Shape::List { of, least } => vec![smallest(of); *least].into(),
        Shape::Map { of, least, names } => {
            let entries = (0..*least).map(|n| (format!("{}{n}", example(*names)), smallest(of)));
            Value::Table(entries.collect())
        }
        Shape::Table(parameters) => {
            let required = parameters.iter().filter(|parameter| parameter.default.is_none());
            Value::Table(required.map(|parameter| (parameter.name.to_owned(), smallest(&parameter.shape))).collect())
        }
        Shape::Kind(kinds) => {
            let kind = kinds.iter().find(|kind| !kind.needs_table).unwrap();
            of_kind(kind.name, smallest(&Shape::Table(kind.parameters)))
        }
        Shape::Either(shapes) => smallest(&shapes[0]),
        Shape::Json => "anything".into(),
    }
}

fn hold(shape: &Shape, place: &str, read: Read<'_>, found: &mut Vec<String>) {
    if let Err(problem) = read(smallest(shape)) {
        found.push(format!("{place}: what the shape asks for is refused: {problem}"));
        return;
    }
    for (value, is_plain) in sorts() {
        let (by_shape, by_type) = (shape_takes(shape, &value), read(value.clone()));
        match (by_shape, by_type) {
            (true, Err(problem)) => {
                found.push(format!("{place} = {value}: the shape takes it, its type does not: {problem}"))
            }
            (false, Ok(())) if is_plain && !is_beyond_bounds(shape, &value) => {
                found.push(format!("{place} = {value}: the type takes it, its shape does not"));
            }
            _ => {}
        }
    }
    match shape {
        Shape::Word(words) => words_agree(words, place, read, found),
        Shape::Numbers(numbers) => {
            let next = numbers.last().map_or(0, |last| last * 2);
            let wrong = numbers.iter().filter(|number| read((**number).into()).is_err());
            found.extend(wrong.map(|number| format!("{place}: {number} is refused")));
            if read(next.into()).is_ok() {
                found.push(format!("{place}: the type takes {next}, the shape does not"));
            }
        }
        Shape::List { of, .. } => hold(of, &format!("{place}[]"), &|value| read(vec![value].into()), found),
        Shape::Map { of, names, .. } => {
            let put = |value: Value| read(of_kind(example(*names), value));
            hold(of, &format!("{place}.*"), &put, found);
        }
        Shape::Table(parameters) => table(parameters, place, read, found),
        Shape::Kind(kinds) => {
            for kind in *kinds {
                for name in kind.names() {
                    let put = |value| read(of_kind(name, value));
                    hold(&Shape::Table(kind.parameters), &format!("{place}.{name}"), &put, found);
                }
            }
            let names: Vec<&str> = kinds.iter().flat_map(|kind| kind.names()).collect();
            let problem = read(of_kind("no_such_kind", Value::Table(Table::new()))).unwrap_err();
            agree(&names, &problem, place, found);
        }
        Shape::Either(shapes) => {
            // The names are those of all of them together, so only the values of each are held against the type.
            for one in *shapes {
                match one {
                    Shape::Table(parameters) => values(parameters, place, read, found),
                    Shape::List { of, .. } => found.extend(read(vec![smallest(of)].into()).err()),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

fn table(parameters: &'static [Parameter], place: &str, read: Read<'_>, found: &mut Vec<String>) {
    let Value::Table(base) = smallest(&Shape::Table(parameters)) else { return };
    values(parameters, place, read, found);
    for parameter in parameters {
        let put = |value: Value| {
            let mut table = base.clone();
            table.insert(parameter.name.to_owned(), value);
            read(Value::Table(table))
        };
        let mut without = base.clone();
        if without.remove(parameter.name).is_some() && read(Value::Table(without)).is_ok() {
            found.push(format!("{place}.{}: required by the shape, and not by the type", parameter.name));
        }
        default_is_right(parameter, place, &put, found);
    }
    let mut more = base.clone();
    more.insert("no_such_parameter".to_owned(), 1.into());
    match read(Value::Table(more)) {
        Ok(()) => found.push(format!("{place}: the type takes a name that there is not")),
        Err(problem) if problem.contains("unknown field") => {
            let names: Vec<&str> = parameters.iter().map(|parameter| parameter.name).collect();
            agree(&names, &problem, place, found);
        }
        // An untagged type does not tell its names.
        Err(_) => {}
    }
}

/// Each value of a table, beside what the others must be.
fn values(parameters: &'static [Parameter], place: &str, read: Read<'_>, found: &mut Vec<String>) {
    let Value::Table(base) = smallest(&Shape::Table(parameters)) else { return };
    for parameter in parameters {
        let put = |value: Value| {
            let mut table = base.clone();
            table.insert(parameter.name.to_owned(), value);
            read(Value::Table(table))
        };
        hold(&parameter.shape, &format!("{place}.{}", parameter.name), &put, found);
    }
}

/// A default that is a value must be one that can be written; words must not look like one.
fn default_is_right(parameter: &Parameter, place: &str, put: Read<'_>, found: &mut Vec<String>) {
    let place = format!("{place}.{}", parameter.name);
    if let Some(default) = parameter.default_value() {
        if !shape_takes(&parameter.shape, &default) {
            found.push(format!("{place}: the shape refuses its default {default}"));
        }
        if let Err(problem) = put(default) {
            found.push(format!("{place}: its default is refused: {problem}"));
        }
    } else if let (Shape::Word(words), Some(default)) = (parameter.shape, parameter.default)
        && words.contains(&default)
    {
        found.push(format!("{place}: the default {default} lacks its quotes"));
    }
}

fn words_agree(words: &[&str], place: &str, read: Read<'_>, found: &mut Vec<String>) {
    for word in words {
        if let Err(problem) = read((*word).into()) {
            found.push(format!("{place}: the word {word:?} is refused: {problem}"));
        }
    }
    if let Err(problem) = read("no_such_word".into())
        && problem.contains("unknown variant")
    {
        agree(words, &problem, place, found);
    }
}

/// The names of the shape and those that the reader lists in its words: unknown `x`, expected one of `a`, `b`.
fn agree(names: &[&str], problem: &str, place: &str, found: &mut Vec<String>) {
    let mut listed: Vec<&str> = problem.split('`').skip(3).step_by(2).collect();
    let mut names = names.to_vec();
    listed.sort_unstable();
    names.sort_unstable();
    if names != listed {
        found.push(format!("{place}: the shape has {names:?}, its type {listed:?}"));
    }
}

/// Values of every sort; whether a type that takes it takes it as what it is. Lists and tables are taken for types that
/// have fields and words too, which nobody means.
fn sorts() -> Vec<(Value, bool)> {
    let plain: [Value; 9] =
        [true.into(), 7.into(), 0.into(), (-1).into(), 70_000.into(), 2.5.into(), "".into(), "x".into(), "7".into()];
    let moment = Value::Datetime("2026-01-31T12:00:00Z".parse().unwrap());
    let list = |values: &[Value]| Value::Array(values.to_vec());
    let others = [
        moment,
        list(&[]),
        list(&["x".into()]),
        list(&[7.into()]),
        list(&[true.into()]),
        Value::Table(Table::new()),
        of_kind("x", "y".into()),
        of_kind("x", 7.into()),
        7_000_000_000_i64.into(),
    ];
    plain.into_iter().map(|value| (value, true)).chain(others.into_iter().map(|value| (value, false))).collect()
}

/// Whether a shape refuses a value that has its sort for a bound, a form or a list of words of its own.
fn is_beyond_bounds(shape: &Shape, value: &Value) -> bool {
    match shape {
        Shape::Whole { .. } | Shape::Numbers(_) => value.is_integer(),
        Shape::Number { .. } => value.is_integer() || value.is_float(),
        Shape::Text(_) | Shape::Word(_) => value.is_str(),
        // What takes any plain value may be held to some sorts of it.
        Shape::Either(shapes) => {
            let is_plain = !shapes.iter().any(|shape| matches!(shape, Shape::List { .. } | Shape::Table(_)));
            is_plain || shapes.iter().any(|shape| is_beyond_bounds(shape, value))
        }
        _ => false,
    }
}

fn shape_takes(shape: &Shape, value: &Value) -> bool {
    let text = format!("x = {value}");
    let (document, errors) = DeTable::parse_recoverable(&text);
    assert!(errors.is_empty(), "{text}: {errors:?}");
    let (_, value) = document.into_inner().into_iter().next().unwrap();
    fits(&value, shape, "", &mut Complaints::default())
}

fn of_kind(name: &str, value: Value) -> Value {
    Value::Table([(name.to_owned(), value)].into_iter().collect())
}

fn example(form: Form) -> &'static str {
    match form {
        Form::Any | Form::Named(..) | Form::Id | Form::Path => "x",
        Form::Sql => "SELECT 1",
        Form::Url => "http://localhost",
        Form::Pointer | Form::PointerWithin => "/x",
        Form::Time | Form::TimeOrNone => "5s",
        Form::Age => "7 days",
        Form::Decimal | Form::SignedDecimal => "0.5",
        Form::Digits => "7",
        Form::Date | Form::DateOrNow => "2024-12-31",
    }
}
