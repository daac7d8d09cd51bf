//! What a load in a TOML file may say.

use crate::declaration::{Parameter, Shape};

use super::super::http::REQUESTS;
use super::declared::MOST_USERS;

/// One load: the value of `[loads.<id>]`.
pub const LOAD: Shape = Shape::Table(PARAMETERS);

/// The parameters of every load.
pub const PARAMETERS: &[Parameter] = &[
    Parameter::required("url", Shape::URL, "where the service is; may hold `${NAME}`"),
    Parameter::optional(
        "requests",
        REQUESTS,
        "one GET of the url",
        "what each user asks, one after the other, again and again",
    ),
    Parameter::optional(
        "setup",
        REQUESTS,
        "[]",
        "what each user asks first, once: a login. Its errors count, its times are told and not judged",
    ),
    Parameter::optional(
        "users",
        Shape::Either(&[USERS, Shape::List { of: &USERS, least: 1 }]),
        "1",
        "how many users at once; a list for several steps",
    ),
    Parameter::optional("stress", Shape::List { of: &USERS, least: 0 }, "[]", "steps beyond, measured and not judged"),
    Parameter::optional("duration", Shape::TIME, "\"30s\"", "how long each step lasts, at most `30min`"),
    Parameter::optional(
        "think_time",
        Shape::TIME_OR_NONE,
        "\"1s\"",
        "how long a user waits after each answer; `0`: not at all",
    ),
    Parameter::optional(
        "timeout",
        Shape::TIME,
        "\"30s\"",
        "how long an answer may take; later it is none, and an error",
    ),
    Parameter::optional("max_error_percent", Shape::AMOUNT, "1", "how many percent of the requests may fail"),
    Parameter::optional("max_median", Shape::TIME, "none", "the time that half of the answers to each request keep"),
    Parameter::optional("max_p95", Shape::TIME, "none", "the time that 95 % of the answers to each request keep"),
    Parameter::optional("max_p99", Shape::TIME, "none", "the time that 99 % of the answers to each request keep"),
    Parameter::optional(
        "max_degradation_percent",
        Shape::AMOUNT,
        "none",
        "how much slower one user's way through all requests may get than it is for one user alone",
    ),
    Parameter::optional(
        "min_requests",
        Shape::Whole { least: 1, most: i64::MAX },
        "10",
        "how often each request must be answered before the step is judged",
    ),
    Parameter::optional("severity", Shape::SEVERITY, "\"fail\"", "what a violation means"),
    Parameter::optional("description", Shape::TEXT, "none", "what must be true, for the report"),
    Parameter::optional("ca", Shape::PATH, "the system's", "a PEM file with the authorities to trust, and no others"),
];

const USERS: Shape = Shape::up_to(1, MOST_USERS);

#[cfg(test)]
mod tests {
    use super::super::declared::LoadToml;
    use super::*;
    use crate::declaration::truth::{differences, read_as};

    #[test]
    fn what_is_told_of_a_load_is_what_is_read() {
        let found = differences(&LOAD, "load", &read_as::<LoadToml>);
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}
