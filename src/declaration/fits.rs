//! Whether what stands in a file has the shape that it must have: every name, every type, every word, all faults at once.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::complaints::Complaints;
use super::nearest::{allowed, and_nearest};
use super::parameter::{KindInfo, Parameter};
use super::shape::Shape;

/// Complains of everything in a value that is not as its shape has it. `subject` stands before every complaint.
pub(crate) fn fits(value: &Spanned<DeValue<'_>>, shape: &Shape, subject: &str, complaints: &mut Complaints) -> bool {
    let mut found = Complaints::default();
    at(value, shape, &Place::Whole, &mut found);
    let is_well = found.0.is_empty();
    let before = if subject.is_empty() { String::new() } else { format!("{subject}: ") };
    complaints.0.extend(found.0.into_iter().map(|(span, message)| (span, format!("{before}{message}"))));
    is_well
}

/// The same for a whole file.
pub(crate) fn file_fits(file: &Spanned<DeTable<'_>>, parameters: &[Parameter], complaints: &mut Complaints) -> bool {
    let before = complaints.0.len();
    table(file.get_ref(), file.span(), parameters, complaints);
    complaints.0.len() == before
}

/// What a complaint is about.
enum Place<'a> {
    /// All of it.
    Whole,
    /// The value of a parameter.
    Of(&'a Parameter),
    /// An entry of a list or a table, by the name of that.
    Within(&'a str),
}

impl Place<'_> {
    fn name(&self) -> &str {
        match self {
            Place::Whole => "it",
            Place::Of(parameter) => parameter.name,
            Place::Within(name) => name,
        }
    }

    fn said(&self) -> String {
        match self {
            Place::Whole => "it".into(),
            Place::Of(parameter) => format!("`{}`", parameter.name),
            Place::Within(name) => format!("an entry of `{name}`"),
        }
    }

    /// `… is a text; it takes a whole number (what it means)`.
    fn wrong(&self, found: &str, shape: &Shape) -> String {
        let meaning = match self {
            Place::Of(parameter) => format!(" ({})", parameter.meaning),
            _ => String::new(),
        };
        format!("{} {found}; it takes {}{meaning}", self.said(), shape.one())
    }
}

fn at(value: &Spanned<DeValue<'_>>, shape: &Shape, place: &Place<'_>, complaints: &mut Complaints) {
    let span = value.span();
    match (shape, value.get_ref()) {
        (Shape::Json, _) | (Shape::Flag, DeValue::Boolean(_)) | (Shape::Moment, DeValue::Datetime(_)) => {}
        (Shape::Whole { least, most }, DeValue::Integer(number)) => {
            let is_within = i64::from_str_radix(number.as_str(), number.radix())
                .is_ok_and(|number| (*least..=*most).contains(&number));
            if !is_within {
                complaints.add(span, place.wrong(&format!("is {number}"), shape));
            }
        }
        (Shape::Numbers(numbers), DeValue::Integer(number)) => {
            if !i64::from_str_radix(number.as_str(), number.radix()).is_ok_and(|number| numbers.contains(&number)) {
                complaints.add(span, place.wrong(&format!("is {number}"), shape));
            }
        }
        (Shape::Number { least, most }, DeValue::Integer(_) | DeValue::Float(_)) => {
            let (number, written) = number(value.get_ref());
            if !number.is_some_and(|number| number.is_finite() && number >= *least && number <= *most) {
                complaints.add(span, place.wrong(&format!("is {written}"), shape));
            }
        }
        (Shape::Text(form), DeValue::String(text)) => {
            if !form.allows(text) {
                complaints.add(span, place.wrong(&format!("is {text:?}"), shape));
            }
        }
        (Shape::Word(words), DeValue::String(text)) => {
            if !words.contains(&text.as_ref()) {
                let message = format!("{} is {text:?}; {}", place.said(), and_nearest(text, words));
                complaints.add(span, message);
            }
        }
        (Shape::List { of, least }, DeValue::Array(list)) => {
            if list.len() < *least {
                let few = if list.is_empty() { "lists nothing".to_owned() } else { format!("lists {}", list.len()) };
                complaints.add(span, place.wrong(&few, shape));
            }
            for entry in list.iter() {
                at(entry, of, &Place::Within(place.name()), complaints);
            }
        }
        (Shape::Map { names, of, least }, DeValue::Table(map)) => {
            if map.len() < *least {
                complaints.add(span, place.wrong("holds too little", shape));
            }
            for (name, entry) in map.iter() {
                if !names.allows(name.get_ref()) {
                    complaints.add(name.span(), format!("the name {:?} is not {}", name.get_ref(), names.one()));
                }
                at(entry, of, &Place::Within(place.name()), complaints);
            }
        }
        (Shape::Table(parameters), DeValue::Table(found)) => table(found, span, parameters, complaints),
        (Shape::Kind(kinds), DeValue::Table(found)) => kind(found, span, kinds, place, complaints),
        // A kind without its parameters.
        (Shape::Kind(kinds), DeValue::String(asked)) if find(kinds, asked).is_none() => {
            complaints.add(span, unknown_kind(asked, kinds, place));
        }
        (Shape::Either(shapes), _) => either(value, shapes, shape, place, complaints),
        (_, other) => complaints.add(span, place.wrong(&format!("is {}", sort(other)), shape)),
    }
}

fn table(found: &DeTable<'_>, span: Range<usize>, parameters: &[Parameter], complaints: &mut Complaints) {
    for (name, value) in found.iter() {
        match parameters.iter().find(|parameter| parameter.name == name.get_ref()) {
            Some(parameter) => at(value, &parameter.shape, &Place::Of(parameter), complaints),
            None => {
                let names: Vec<&str> = parameters.iter().map(|parameter| parameter.name).collect();
                let message =
                    format!("unknown parameter `{}`; {}", name.get_ref(), and_nearest(name.get_ref(), &names));
                complaints.add(name.span(), message);
            }
        }
    }
    let has = |name: &str| found.iter().any(|(found, _)| found.get_ref() == name);
    for parameter in parameters.iter().filter(|parameter| parameter.default.is_none() && !has(parameter.name)) {
        complaints.add(span.clone(), format!("missing parameter `{}`: {}", parameter.name, parameter.meaning));
    }
    if let Some(kind) = kind_without_table(found, parameters).filter(|_| !has("table")) {
        complaints.add(span, format!("missing parameter `table`: {kind} is about a table"));
    }
}

/// The kind in a table that must name a `table` beside it.
fn kind_without_table(found: &DeTable<'_>, parameters: &[Parameter]) -> Option<&'static str> {
    parameters.iter().find_map(|parameter| {
        let Shape::Kind(kinds) = parameter.shape else { return None };
        let (_, value) = found.iter().find(|(name, _)| name.get_ref() == parameter.name)?;
        let DeValue::Table(kind) = value.get_ref() else { return None };
        let (name, _) = kind.iter().next()?;
        find(kinds, name.get_ref()).filter(|kind| kind.needs_table).map(|kind| kind.name)
    })
}

fn kind(
    found: &DeTable<'_>,
    span: Range<usize>,
    kinds: &'static [KindInfo],
    place: &Place<'_>,
    complaints: &mut Complaints,
) {
    if found.len() > 1 {
        let names: Vec<&str> = found.iter().map(|(name, _)| name.get_ref().as_ref()).collect();
        let message = format!("{} has one kind, here are {}", place.said(), names.join(", "));
        complaints.add(span.clone(), message);
    }
    if found.is_empty() {
        complaints.add(span, place.wrong("is empty", &Shape::Kind(kinds)));
    }
    for (name, value) in found.iter() {
        match (find(kinds, name.get_ref()), value.get_ref()) {
            (Some(kind), DeValue::Table(inner)) => table(inner, value.span(), kind.parameters, complaints),
            (Some(kind), other) => {
                let message = format!("`{}` is {}; it takes a table of its parameters", kind.name, sort(other));
                complaints.add(value.span(), message);
            }
            (None, _) => complaints.add(name.span(), unknown_kind(name.get_ref(), kinds, place)),
        }
    }
}

fn find(kinds: &'static [KindInfo], name: &str) -> Option<&'static KindInfo> {
    kinds.iter().find(|kind| kind.names().any(|known| known == name))
}

fn unknown_kind(asked: &str, kinds: &'static [KindInfo], place: &Place<'_>) -> String {
    let names: Vec<&str> = kinds.iter().flat_map(KindInfo::names).collect();
    format!("there is no {} {asked:?}; {}; docs/README.md tells of each", place.name(), allowed(asked, &names))
}

/// What is wrong by each of the shapes; told is that of the one that was meant, where it is clear.
fn either(
    value: &Spanned<DeValue<'_>>,
    shapes: &[Shape],
    whole: &Shape,
    place: &Place<'_>,
    complaints: &mut Complaints,
) {
    let tried: Vec<(&Shape, Complaints)> = (shapes.iter())
        .map(|shape| {
            let mut found = Complaints::default();
            at(value, shape, place, &mut found);
            (shape, found)
        })
        .collect();
    if tried.iter().any(|(_, found)| found.0.is_empty()) {
        return;
    }
    let mut meant: Vec<Complaints> = (tried.into_iter())
        .filter(|(shape, _)| is_of_this_sort(shape, value.get_ref()))
        .map(|(_, found)| found)
        .collect();
    meant.sort_by_key(|found| found.0.len());
    let is_clear = meant.get(1).is_none_or(|second| second.0.len() > meant[0].0.len());
    match meant.into_iter().next().filter(|_| is_clear) {
        Some(found) => complaints.0.extend(found.0),
        None => complaints.add(value.span(), place.wrong(&format!("is {}", sort(value.get_ref())), whole)),
    }
}

/// Whether a value is at least of the sort that a shape takes.
fn is_of_this_sort(shape: &Shape, value: &DeValue<'_>) -> bool {
    matches!(
        (shape, value),
        (Shape::List { .. }, DeValue::Array(_))
            | (Shape::Table(_) | Shape::Map { .. } | Shape::Kind(_), DeValue::Table(_))
            | (Shape::Whole { .. } | Shape::Numbers(_) | Shape::Number { .. }, DeValue::Integer(_) | DeValue::Float(_))
            | (Shape::Text(_) | Shape::Word(_), DeValue::String(_))
    )
}

fn number(value: &DeValue<'_>) -> (Option<f64>, String) {
    match value {
        // Beyond 2^53 the nearest number is taken, as the reader of the file takes it.
        DeValue::Integer(number) => {
            let whole = i64::from_str_radix(number.as_str(), number.radix());
            (whole.ok().map(|whole| whole as f64), number.to_string())
        }
        DeValue::Float(number) => (number.as_str().parse().ok(), number.to_string()),
        _ => (None, String::new()),
    }
}

/// What somebody wrote, without repeating it: it may be a secret that stands at the wrong place.
fn sort(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or a time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
