//! What a request in a TOML file may say.

use crate::declaration::{Form, Parameter, Shape};

/// One request, of a gate, a load or a metric.
pub const REQUEST: Shape = Shape::Table(REQUEST_PARAMETERS);

/// Requests in their order.
pub(in super::super) const REQUESTS: Shape = Shape::List { of: &REQUEST, least: 0 };

/// The parameters of every request.
pub const REQUEST_PARAMETERS: &[Parameter] = &[
    Parameter::optional("path", Shape::TEXT, "\"\"", "what follows the url"),
    Parameter::optional(
        "method",
        Shape::Word(&["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]),
        "\"GET\"",
        "`GET`, `HEAD`, `POST`, `PUT`, `PATCH` or `DELETE`",
    ),
    Parameter::optional("headers", TEXTS_BY_NAME, "{}", "headers to send"),
    Parameter::optional("json", Shape::Json, "none", "what to send, as JSON; or give body"),
    Parameter::optional("body", Shape::TEXT, "none", "what to send, as text"),
    Parameter::optional(
        "status",
        Shape::Either(&[STATUS, Shape::List { of: &STATUS, least: 1 }]),
        "200",
        "the status expected, or a list of those allowed",
    ),
    Parameter::optional("max_latency", Shape::TIME, "none", "how long the answer may take: `300ms`"),
    Parameter::optional("contains", Shape::TEXTS, "[]", "texts that stand in the answer"),
    Parameter::optional("expect_headers", TEXTS_BY_NAME, "{}", "values of headers"),
    Parameter::optional(
        "expect_json",
        Shape::Map { names: Form::Pointer, of: &Shape::SCALAR, least: 0 },
        "{}",
        "values in the JSON of the answer, by JSON Pointer (RFC 6901); `\"*\"` stands for any that is not null",
    ),
    Parameter::optional(
        "max_json",
        Shape::Map {
            names: Form::Pointer,
            of: &Shape::Number { least: f64::NEG_INFINITY, most: f64::INFINITY },
            least: 0,
        },
        "{}",
        "numbers in the JSON of the answer, by JSON Pointer, and what each may be at most: figures that the service tells of itself",
    ),
    Parameter::optional(
        "remember",
        Shape::Map { names: Form::Any, of: &Shape::Text(Form::Pointer), least: 0 },
        "{}",
        "names for values in the JSON of the answer, for later requests: `{ TOKEN = \"/token\" }`",
    ),
    Parameter::optional(
        "same_as_before",
        Shape::Flag,
        "false",
        "the answer is kept before the phases and must be the same after them",
    ),
    Parameter::optional(
        "ignore",
        Shape::List { of: &Shape::Text(Form::PointerWithin), least: 0 },
        "[]",
        "places in JSON that may differ then; `*` stands for any one part",
    ),
];

const TEXTS_BY_NAME: Shape = Shape::Map { names: Form::Any, of: &Shape::TEXT, least: 0 };

const STATUS: Shape = Shape::Whole { least: 100, most: 599 };
