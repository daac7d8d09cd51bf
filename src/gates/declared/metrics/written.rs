//! What a metric in a TOML file may say.

use crate::declaration::{Form, KindInfo, Parameter, Shape};

use super::super::http::{REQUEST, REQUESTS};

/// One metric: the value of `[metrics.<id>]`.
pub const METRIC: Shape = Shape::Table(PARAMETERS);

/// The parameters of every metric, whatever it measures.
pub const PARAMETERS: &[Parameter] = &[
    Parameter::required("measure", Shape::Kind(METRIC_KINDS), "what is measured: one kind, with its parameters"),
    Parameter::optional("description", Shape::TEXT, "none", "what it stands for, for the report"),
    Parameter::optional(
        "runs",
        Shape::Whole { least: 5, most: 1_000 },
        "10",
        "how often it is measured; fewer than 5 have no middle half",
    ),
    Parameter::optional(
        "limit",
        Shape::Either(&[Shape::Number { least: f64::NEG_INFINITY, most: f64::INFINITY }, Shape::TIME_OR_NONE]),
        "none",
        "what it may be at most, in its unit, whatever it was before; a time where the unit is one",
    ),
    Parameter::optional("warn_percent", Shape::AMOUNT, "15", "so many percent above the baseline are a warning"),
    Parameter::optional("fail_percent", Shape::AMOUNT, "25", "so many percent above the baseline are a failure"),
    Parameter::optional("min_difference", Shape::AMOUNT, "0", "a smaller difference, in the metric's unit, is none"),
    Parameter::optional(
        "timeout",
        Shape::TIME,
        "`[measure] gate_timeout`, 60 s",
        "how long all runs may take together",
    ),
];

/// Every kind of figure there is.
pub const METRIC_KINDS: &[KindInfo] = &[
    kind(
        "http",
        "how long a request takes",
        &[
            Parameter::required("url", Shape::URL, "where the service is; may hold `${NAME}`"),
            Parameter::optional("request", REQUEST, "one GET of the url", "the request whose time is measured"),
            Parameter::optional("setup", REQUESTS, "[]", "requests that are sent first, once: a login"),
            Parameter::optional(
                "ca",
                Shape::PATH,
                "the system's",
                "a PEM file with the authorities to trust, and no others",
            ),
        ],
    ),
    kind(
        "sql",
        "how long a statement takes, the way to the server included",
        &[Parameter::required("sql", Shape::SQL, "the statement, in a transaction that can only read")],
    ),
    kind(
        "audit_trail",
        "how long a trigger takes that writes an audit trail",
        &[
            Parameter::required(
                "sql",
                Shape::SQL,
                "a write that the trail records; it is run, and rolled back each time",
            ),
            Parameter::required(
                "trigger",
                Shape::Text(Form::Named("trigger", "triggers")),
                "the trigger that writes the trail",
            ),
            Parameter::required("into", Shape::TABLE, "the table that it writes into, with its schema"),
        ],
    ),
    kind(
        "process_memory",
        "how much memory the processes of a name use together, in megabytes",
        &[
            Parameter::required(
                "name",
                Shape::Text(Form::Named("program", "programs")),
                "the name of the program, without path and without `.exe`",
            ),
            Parameter::optional("interval", Shape::TIME, "\"100ms\"", "how far apart the moments are"),
        ],
    ),
    kind(
        "cpu",
        "how busy the processors of this machine are, in percent",
        &[Parameter::optional("window", Shape::TIME, "\"1s\"", "over which time; at least `250ms`")],
    ),
    kind(
        "load_degradation",
        "how much slower one user's way gets with the most users of a load, against one alone, in percent",
        &[Parameter::required("load", Shape::Text(Form::Id), "the id of the load")],
    ),
];

const fn kind(name: &'static str, summary: &'static str, parameters: &'static [Parameter]) -> KindInfo {
    KindInfo { name, other_names: &[], summary, parameters, needs_table: false }
}

#[cfg(test)]
mod tests {
    use super::super::declared::MetricToml;
    use super::*;
    use crate::declaration::truth::{differences, read_as};

    #[test]
    fn what_is_told_of_a_metric_is_what_is_read() {
        let found = differences(&METRIC, "metric", &read_as::<MetricToml>);
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}
