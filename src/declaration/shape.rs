//! What a value in a file may be: one description for the reader of files, the documentation and the editors.

use super::form::Form;
use super::parameter::{KindInfo, Parameter};

/// What a value may be.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// `true` or `false`.
    Flag,
    /// A whole number; both bounds are within.
    Whole {
        /// The least.
        least: i64,
        /// The greatest.
        most: i64,
    },
    /// A number, whole or not; both bounds are within, an infinite one is none.
    Number {
        /// The least.
        least: f64,
        /// The greatest.
        most: f64,
    },
    /// One of these whole numbers.
    Numbers(&'static [i64]),
    /// A text.
    Text(Form),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A date with a time, as TOML writes it, without quotes.
    Moment,
    /// A list.
    List {
        /// What each entry is.
        of: &'static Shape,
        /// How many entries it has at least.
        least: usize,
    },
    /// A table with names of the author's own.
    Map {
        /// What its names are.
        names: Form,
        /// What each value is.
        of: &'static Shape,
        /// How many entries it has at least.
        least: usize,
    },
    /// A table with these names and no others.
    Table(&'static [Parameter]),
    /// One of these kinds with its parameters, as `not_null = { column = "id" }`.
    Kind(&'static [KindInfo]),
    /// One of several.
    Either(&'static [Shape]),
    /// Anything that JSON can say.
    Json,
}

impl Shape {
    pub(crate) const TEXT: Shape = Shape::Text(Form::Any);
    pub(crate) const TEXTS: Shape = Shape::List { of: &Shape::TEXT, least: 0 };
    pub(crate) const COLUMN: Shape = Shape::Text(Form::Named("column", "columns"));
    pub(crate) const TABLE: Shape = Shape::Text(Form::Named("table", "tables"));
    pub(crate) const SQL: Shape = Shape::Text(Form::Sql);
    pub(crate) const PATH: Shape = Shape::Text(Form::Path);
    pub(crate) const URL: Shape = Shape::Text(Form::Url);
    pub(crate) const TIME: Shape = Shape::Text(Form::Time);
    pub(crate) const TIME_OR_NONE: Shape = Shape::Text(Form::TimeOrNone);
    pub(crate) const DECIMAL: Shape = Shape::Text(Form::Decimal);

    pub(crate) const RULE: Shape = Shape::Text(Form::Named("id of a rule", "ids of rules"));

    /// What a violation means.
    pub(crate) const SEVERITY: Shape = Shape::Word(&["fail", "warn", "info"]);
    /// Schemas, or none.
    pub(crate) const SCHEMAS: Shape = Shape::List { of: &Shape::Text(Form::Named("schema", "schemas")), least: 0 };
    /// Rules, one at least.
    pub(crate) const RULES: Shape = Shape::List { of: &Shape::RULE, least: 1 };
    /// Columns, one at least.
    pub(crate) const COLUMNS: Shape = Shape::List { of: &Shape::COLUMN, least: 1 };
    /// Columns, or none.
    pub(crate) const SOME_COLUMNS: Shape = Shape::List { of: &Shape::COLUMN, least: 0 };
    /// A number of things.
    pub(crate) const COUNT: Shape = Shape::Whole { least: 0, most: i64::MAX };
    /// The same, of 32 bits.
    pub(crate) const COUNT_32: Shape = Shape::Whole { least: 0, most: u32::MAX as i64 };
    /// A whole number of percent.
    pub(crate) const WHOLE_PERCENT: Shape = Shape::Whole { least: 0, most: 100 };
    /// A share.
    pub(crate) const PERCENT: Shape = Shape::Number { least: 0.0, most: 100.0 };
    /// A number of 0 or more.
    pub(crate) const AMOUNT: Shape = Shape::Number { least: 0.0, most: f64::INFINITY };
    /// How far numbers may be apart.
    pub(crate) const TOLERANCE: Shape = Shape::Either(&[Shape::AMOUNT, Shape::DECIMAL]);
    /// A value of a column.
    pub(crate) const SCALAR: Shape =
        Shape::Either(&[Shape::TEXT, Shape::Number { least: f64::NEG_INFINITY, most: f64::INFINITY }, Shape::Flag]);

    /// A whole number up to a limit that is kept elsewhere.
    #[expect(clippy::cast_possible_wrap, reason = "limits are small; a larger one would let nothing through")]
    pub(crate) const fn up_to(least: i64, most: usize) -> Shape {
        Shape::Whole { least, most: most as i64 }
    }

    /// What it is, for a sentence: `a whole number from 1 to 64`.
    pub(crate) fn one(&self) -> String {
        match self {
            Shape::Flag => "true or false".into(),
            Shape::Whole { least, most } => format!("a whole number{}", whole_bounds(*least, *most)),
            Shape::Number { least, most } => format!("a number{}", bounds(*least, *most)),
            Shape::Numbers(numbers) => either(&numbers.iter().map(i64::to_string).collect::<Vec<_>>()),
            Shape::Text(form) => form.one(),
            Shape::Word(words) => either(&words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>()),
            Shape::Moment => "a date with time and zone, without quotes: 2026-01-31T12:00:00Z".into(),
            Shape::List { of, least } => format!("a list of {}{}", of.many(), at_least(*least)),
            Shape::Map { of, least, .. } => format!("a table of {}{}", of.many(), at_least(*least)),
            Shape::Table(parameters) => {
                let needed = parameters.iter().filter(|parameter| parameter.default.is_none());
                let needed: Vec<String> = needed.map(|parameter| format!("{} = …", parameter.name)).collect();
                let all: Vec<&str> = parameters.iter().map(|parameter| parameter.name).collect();
                if needed.is_empty() && all.len() <= 4 {
                    format!("a table with {}", all.join(", "))
                } else if needed.is_empty() {
                    "a table".into()
                } else {
                    format!("{{ {} }}", needed.join(", "))
                }
            }
            Shape::Kind(kinds) => match kinds.first() {
                Some(kind) => format!("a table with one kind in it, such as {{ {} = {{ … }} }}", kind.name),
                None => "nothing".into(),
            },
            Shape::Either(shapes) => either(&shapes.iter().map(Shape::one).collect::<Vec<_>>()),
            Shape::Json => "any value".into(),
        }
    }

    /// Several of it.
    fn many(&self) -> String {
        match self {
            Shape::Text(form) => form.many(),
            Shape::Whole { least, most } => format!("whole numbers{}", whole_bounds(*least, *most)),
            Shape::Number { least, most } => format!("numbers{}", bounds(*least, *most)),
            Shape::Word(_) => self.one(),
            Shape::Table(_) => "tables".into(),
            Shape::List { of, .. } => format!("lists of {}", of.many()),
            Shape::Either(_) => format!("values, each {}", self.one()),
            _ => "values".into(),
        }
    }

    /// In a word or two, for a table of parameters.
    pub(crate) fn brief(&self) -> String {
        match self {
            Shape::Flag => "true or false".into(),
            Shape::Whole { .. } => self.one().trim_start_matches("a ").to_owned(),
            Shape::Number { .. } => self.one().trim_start_matches("a ").to_owned(),
            Shape::Numbers(_) => "whole number".into(),
            Shape::Text(form) => form.brief().to_owned(),
            Shape::Word(_) => "word".into(),
            Shape::Moment => "date with time".into(),
            Shape::List { of, .. } => format!("list of {}", of.brief_many()),
            Shape::Map { of, .. } => format!("table of {}", of.brief_many()),
            Shape::Table(_) => "table".into(),
            Shape::Kind(_) => "kind".into(),
            Shape::Either(shapes) => either(&shapes.iter().map(Shape::brief).collect::<Vec<_>>()),
            Shape::Json => "any value".into(),
        }
    }

    fn brief_many(&self) -> String {
        match self {
            Shape::Word(_) => "words".into(),
            Shape::Either(_) => format!("values ({})", self.brief()),
            _ => self.many(),
        }
    }
}

fn whole_bounds(least: i64, most: i64) -> String {
    match (least, most) {
        (i64::MIN, i64::MAX) => String::new(),
        (least, most) if most >= i64::from(u32::MAX) => format!(" from {least} up"),
        (least, most) => format!(" from {least} to {most}"),
    }
}

fn bounds(least: f64, most: f64) -> String {
    match (least.is_finite(), most.is_finite()) {
        (true, true) => format!(" from {least} to {most}"),
        (true, false) => format!(" from {least} up"),
        (false, true) => format!(" up to {most}"),
        (false, false) => String::new(),
    }
}

fn at_least(least: usize) -> String {
    match least {
        0 => String::new(),
        1 => ", at least one".into(),
        least => format!(", at least {least}"),
    }
}

fn either(words: &[String]) -> String {
    match words {
        [] => "nothing".into(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}
