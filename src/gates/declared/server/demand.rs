//! What a setting must be.

use serde::Deserialize;

use crate::declaration::{Parameter, Shape};

/// The forms in which a value is demanded.
pub(super) const DEMAND: Shape = Shape::Either(&[
    Shape::TEXT,
    NUMBER,
    Shape::Flag,
    Shape::List { of: &Shape::SCALAR, least: 1 },
    Shape::Table(&[
        Parameter::optional("min", NUMBER, "none", "the least, in the setting's own unit"),
        Parameter::optional("max", NUMBER, "none", "the most"),
        Parameter::optional("contains", Shape::TEXT, "none", "what a list of words has among them"),
    ]),
]);

const NUMBER: Shape = Shape::Number { least: f64::NEG_INFINITY, most: f64::INFINITY };

/// One of the forms in which a value is demanded.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Demand {
    Is(Value),
    OneOf(Vec<Value>),
    Within(Within),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Value {
    Flag(bool),
    Whole(i64),
    Number(f64),
    Text(String),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Within {
    min: Option<f64>,
    max: Option<f64>,
    contains: Option<String>,
}

/// A setting as the server has it, or as a role has it instead.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) value: &'a str,
    /// The same as SHOW has it, where that is known: `128MB` for 16384 blocks.
    pub(super) shown: Option<&'a str>,
    pub(super) unit: Option<&'a str>,
    pub(super) is_flag: bool,
}

impl Demand {
    /// # Errors
    /// What is wrong with it whatever the server says.
    pub(super) fn look_over(&self) -> Result<(), String> {
        match self {
            Demand::Is(_) => Ok(()),
            Demand::OneOf(values) if values.is_empty() => Err("the list allows no value".into()),
            Demand::OneOf(_) => Ok(()),
            Demand::Within(within) => within.look_over(),
        }
    }

    pub(super) fn holds(&self, setting: &Setting<'_>) -> bool {
        match self {
            Demand::Is(value) => value.is(setting),
            Demand::OneOf(values) => values.iter().any(|value| value.is(setting)),
            Demand::Within(within) => within.holds(setting),
        }
    }

    pub(super) fn words(&self, unit: Option<&str>) -> String {
        match self {
            Demand::Is(value) => value.text(),
            Demand::OneOf(values) => values.iter().map(Value::text).collect::<Vec<_>>().join(" or "),
            Demand::Within(within) => within.words(unit),
        }
    }
}

impl Value {
    fn text(&self) -> String {
        match self {
            Value::Flag(true) => "on".into(),
            Value::Flag(false) => "off".into(),
            Value::Whole(number) => number.to_string(),
            Value::Number(number) => number.to_string(),
            Value::Text(text) => text.clone(),
        }
    }

    fn is(&self, setting: &Setting<'_>) -> bool {
        let wanted = self.text();
        if setting.is_flag {
            return flag(&wanted).is_some() && flag(&wanted) == flag(setting.value);
        }
        let same = |text: &str| text.eq_ignore_ascii_case(&wanted);
        let figures = || Some((in_unit(&wanted, setting.unit)?, in_unit(setting.value, setting.unit)?));
        same(setting.value)
            || setting.shown.is_some_and(same)
            || figures().is_some_and(|(wanted, found)| wanted == found)
    }
}

impl Within {
    fn look_over(&self) -> Result<(), String> {
        let is_range = self.min.is_some() || self.max.is_some();
        match (is_range, &self.contains) {
            (false, None) => Err("it demands nothing; give min, max or contains".into()),
            (true, Some(_)) => Err("contains is of lists, min and max are of numbers".into()),
            (false, Some(text)) if text.trim().is_empty() => Err("contains names nothing".into()),
            _ if self.min.zip(self.max).is_some_and(|(min, max)| min > max) => Err("min is above max".into()),
            _ => Ok(()),
        }
    }

    fn holds(&self, setting: &Setting<'_>) -> bool {
        if let Some(wanted) = &self.contains {
            let trimmed = |part: &str| part.trim().trim_matches('"').to_owned();
            return setting.value.split(',').any(|part| trimmed(part) == *wanted);
        }
        let is_within = |value: f64| self.min.is_none_or(|min| value >= min) && self.max.is_none_or(|max| value <= max);
        in_unit(setting.value, setting.unit).is_some_and(is_within)
    }

    fn words(&self, unit: Option<&str>) -> String {
        let unit = unit.map_or(String::new(), |unit| format!(" {unit}"));
        match (&self.contains, self.min, self.max) {
            (Some(text), ..) => format!("names {text}"),
            (None, Some(min), Some(max)) => format!("from {min} to {max}{unit}"),
            (None, Some(min), None) => format!("at least {min}{unit}"),
            (None, None, Some(max)) => format!("at most {max}{unit}"),
            (None, None, None) => String::new(),
        }
    }
}

/// As PostgreSQL reads a boolean.
fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" | "1" => Some(true),
        "off" | "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

/// A number in the setting's own unit: `1s` is 1000 where the unit is ms, `1MB` is 128 where it is 8kB.
fn in_unit(text: &str, unit: Option<&str>) -> Option<f64> {
    let text = text.trim();
    let end = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let number: f64 = text[..end].trim().parse().ok()?;
    match (&text[end..], unit) {
        ("", _) => Some(number),
        (_, None) => None,
        (given, Some(unit)) => {
            let digits = unit.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(0);
            let factor: f64 = if digits == 0 { 1.0 } else { unit[..digits].parse().ok()? };
            let (of_given, of_unit) = (size(given)?, size(&unit[digits..])?);
            (of_given.0 == of_unit.0).then_some(number * of_given.1 / (of_unit.1 * factor))
        }
    }
}

/// What is measured in a unit, and how large it is.
fn size(unit: &str) -> Option<(&'static str, f64)> {
    Some(match unit {
        "us" => ("time", 0.001),
        "ms" => ("time", 1.0),
        "s" => ("time", 1_000.0),
        "min" => ("time", 60_000.0),
        "h" => ("time", 3_600_000.0),
        "d" => ("time", 86_400_000.0),
        "B" => ("memory", 1.0),
        "kB" => ("memory", 1_024.0),
        "MB" => ("memory", 1_048_576.0),
        "GB" => ("memory", 1_073_741_824.0),
        "TB" => ("memory", 1_099_511_627_776.0),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting<'a>(value: &'a str, unit: Option<&'a str>) -> Setting<'a> {
        Setting { value, shown: None, unit, is_flag: false }
    }

    fn demand(toml: &str) -> Demand {
        #[derive(Deserialize)]
        struct File {
            demand: Demand,
        }
        toml::from_str::<File>(&format!("demand = {toml}")).unwrap().demand
    }

    #[test]
    fn values_are_compared_in_the_setting_s_own_unit() {
        let slow = demand("{ min = 0, max = 100 }");
        let held = |text| slow.holds(&setting(text, Some("ms")));
        assert_eq!(["0", "100", "100ms", "0.1s"].map(held), [true; 4]);
        assert_eq!(["-1", "101", "1s", "2min", "100kB", "", "often"].map(held), [false; 7]);
        assert!(demand("{ min = 128 }").holds(&setting("1MB", Some("8kB"))));
        assert!(!demand("{ min = 129 }").holds(&setting("1MB", Some("8kB"))));
        assert!(demand("\"1MB\"").holds(&setting("128", Some("8kB"))));
        assert!(!demand("\"1GB\"").holds(&setting("128", Some("8kB"))));
    }

    #[test]
    fn flags_words_and_lists() {
        let flag = |value| Setting { is_flag: true, ..setting(value, None) };
        assert!(demand("true").holds(&flag("on")) && demand("\"on\"").holds(&flag("yes")));
        assert!(!demand("true").holds(&flag("off")) && !demand("\"maybe\"").holds(&flag("maybe")));
        let level = demand("[\"replica\", \"logical\"]");
        assert!(level.holds(&setting("logical", None)) && !level.holds(&setting("minimal", None)));
        let loaded = demand("{ contains = \"pg_stat_statements\" }");
        assert!(loaded.holds(&setting("auto_explain, \"pg_stat_statements\"", None)));
        assert!(!loaded.holds(&setting("pg_stat_statements_x", None)) && !loaded.holds(&setting("", None)));
    }

    #[test]
    fn a_demand_that_demands_nothing_is_refused() {
        for text in ["{}", "[]", "{ min = 2, max = 1 }", "{ min = 1, contains = \"a\" }", "{ contains = \" \" }"] {
            assert!(demand(text).look_over().is_err(), "{text}");
        }
        assert!(demand("{ max = 1 }").look_over().is_ok());
    }
}
