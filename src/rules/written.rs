//! What a rule in a TOML file may say.

use crate::declaration::{Form, Parameter, Shape};

use super::RULE_KINDS;

/// One rule: the value of `[rules.<id>]`.
pub const RULE: Shape = Shape::Table(PARAMETERS);

/// The parameters of every rule, whatever its kind.
pub const PARAMETERS: &[Parameter] = &[
    Parameter::required("check", Shape::Kind(RULE_KINDS), "what is checked: one kind, with its parameters"),
    Parameter::optional(
        "table",
        Shape::TABLE,
        "none; most kinds need it",
        "the table: `schema.name`, or `name` of `public`",
    ),
    Parameter::optional("description", Shape::TEXT, "none", "what must be true, for the report"),
    Parameter::optional("severity", Shape::SEVERITY, "\"fail\"", "what a violation means"),
    Parameter::optional(
        "when",
        Shape::Word(&["before", "after", "both"]),
        "\"both\"",
        "judged `before` the phases, `after` them, or `both`",
    ),
    Parameter::optional("where", Shape::SQL, "all rows", "an SQL condition on the row `t`: which rows are looked at"),
    Parameter::optional(
        "threshold",
        THRESHOLD,
        "none",
        "how much is tolerated: `{ count = 5 }`, `{ percent = 1 }` or `{ warn = { count = 5 }, fail = { percent = 1 } }`",
    ),
    Parameter::optional(
        "compare_to",
        Shape::Word(&["before"]),
        "none",
        "`before`: held against what was measured before the phases",
    ),
    Parameter::optional(
        "change",
        CHANGE,
        "none",
        "by how much a figure may change since then: `{ min = -10, max = 0 }` or `{ min_percent = -1, max_percent = 5 }`",
    ),
    Parameter::optional(
        "min_rows",
        Shape::Whole { least: 1, most: i64::MAX },
        "1",
        "with fewer rows examined the rule is *not evaluated*; `allow_empty = true` takes an empty table for sound",
    ),
    Parameter::optional(
        "allow_empty",
        Shape::Flag,
        "false",
        "whether no row at all is judged like any other number: it then passes",
    ),
    Parameter::optional("key", Shape::COLUMNS, "the table's key", "the columns that name an offender"),
    Parameter::optional("sample", Shape::COUNT_32, "5", "how many offenders are named"),
    Parameter::optional(
        "redact",
        Shape::SOME_COLUMNS,
        "[]",
        "columns whose values are not shown, nor what gives them away; they do not leave the server",
    ),
    Parameter::optional("tags", Shape::TEXTS, "[]", "words by which `phasegate verify --only` chooses"),
    Parameter::optional("owner", Shape::TEXT, "none", "who answers for it; told beside what is not as it should be"),
    Parameter::optional(
        "only_combined",
        Shape::Flag,
        "false",
        "whether it counts only in rules that combine it (`all_of`, `any_of`, `not`); one of them must be judged whenever it is",
    ),
    Parameter::optional(
        "timeout",
        Shape::TIME,
        "`[measure] statement_timeout`",
        "how long its statement may take; it is then measured by itself",
    ),
];

const THRESHOLD: Shape = Shape::Either(&[
    Shape::Table(&[COUNT]),
    Shape::Table(&[PERCENT]),
    Shape::Table(&[
        Parameter::required("warn", LIMIT, "above this it is a warning"),
        Parameter::required("fail", LIMIT, "above this it is a failure"),
    ]),
]);

/// In the figure's own unit, or in percent of what it was; one bound at least.
const CHANGE: Shape = Shape::Either(&[
    Shape::Table(&[
        Parameter::optional("min", BOUND, "none", "the least difference, in the figure's own unit"),
        Parameter::optional("max", BOUND, "none", "the greatest"),
    ]),
    Shape::Table(&[
        Parameter::optional("min_percent", BOUND, "none", "the least difference, in percent of what it was"),
        Parameter::optional("max_percent", BOUND, "none", "the greatest"),
    ]),
]);

const BOUND: Shape =
    Shape::Either(&[Shape::Number { least: f64::NEG_INFINITY, most: f64::INFINITY }, Shape::Text(Form::SignedDecimal)]);

const LIMIT: Shape = Shape::Either(&[Shape::Table(&[COUNT]), Shape::Table(&[PERCENT])]);

const COUNT: Parameter = Parameter::required("count", Shape::COUNT, "so many violations are tolerated");

const PERCENT: Parameter =
    Parameter::required("percent", Shape::PERCENT, "violations in so many percent of the rows examined are tolerated");

#[cfg(test)]
mod tests {
    use super::super::rule::RuleToml;
    use super::*;
    use crate::declaration::truth::{differences, read_as};

    #[test]
    fn what_is_told_of_a_rule_is_what_is_read() {
        let found = differences(&RULE, "rule", &read_as::<RuleToml>);
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}
