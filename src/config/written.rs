//! What `phasegate.toml` may say. Every default is the one of [`super::file`], which a test holds against this.

use crate::declaration::{Form, Parameter, Shape};
use crate::gates::GATES;

/// The whole file.
pub(super) const CONFIG: &[Parameter] = &[
    Parameter::optional("database", Shape::Table(DATABASE), "{}", "where to connect"),
    Parameter::optional("folders", Shape::Table(FOLDERS), "{}", "where files lie, relative to the configuration"),
    Parameter::optional("log", Shape::Table(LOG), "{}", "where the log of phases is kept"),
    Parameter::optional("execute", Shape::Table(EXECUTE), "{}", "how phases are applied"),
    Parameter::optional(
        "measure",
        Shape::Table(MEASURE),
        "{}",
        "how snapshots are taken, and rules and gates measured",
    ),
    Parameter::optional("gates", GATES, "{}", "the gates that every migration has"),
];

const DATABASE: &[Parameter] = &[Parameter::optional(
    "url",
    Shape::TEXT,
    "the PG* variables and the service file",
    "where to connect: `postgresql://user@host:5432/database?sslmode=verify-full`; the password belongs into ~/.pgpass",
)];

const FOLDERS: &[Parameter] = &[
    Parameter::optional("migrations", Shape::PATH, "\"migrations\"", "the folder of the phases"),
    Parameter::optional("rules", Shape::PATH, "\"integrity_rules\"", "the folder of rules, gates, loads and metrics"),
    Parameter::optional("snapshots", Shape::PATH, "\"snapshots\"", "the folder of runs and their snapshots"),
];

const LOG: &[Parameter] = &[
    Parameter::optional("schema", Shape::TEXT, "\"public\"", "the schema of the log's tables"),
    Parameter::optional("table", Shape::TEXT, "\"migration_log\"", "the name of the log's table"),
];

const EXECUTE: &[Parameter] = &[
    Parameter::optional("search_path", Shape::TEXT, "\"public\"", "`search_path` of every phase"),
    Parameter::optional("role", Shape::TEXT, "the one that connects", "the role that phases run as"),
    Parameter::optional(
        "lock_timeout",
        Shape::TIME_OR_NONE,
        "\"5s\"",
        "how long a statement waits for a lock; `0`: no limit",
    ),
    Parameter::optional(
        "statement_timeout",
        Shape::TIME_OR_NONE,
        "\"0\"",
        "how long a statement may take; `0`: no limit",
    ),
    Parameter::optional("lock_retries", Shape::COUNT_32, "5", "how often it is tried again for want of a lock"),
];

const MEASURE: &[Parameter] = &[
    Parameter::optional(
        "jobs",
        Shape::COUNT,
        "2",
        "sessions that take snapshots and run rules at the same time, all on one exported snapshot",
    ),
    Parameter::optional(
        "row_fingerprints",
        Shape::COUNT,
        "100000",
        "tables up to this many rows have every row fingerprinted, so that differing rows can be named by key",
    ),
    Parameter::optional(
        "buckets",
        Shape::Numbers(&[0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]),
        "256",
        "into how many buckets at most the digests of larger tables are put: a power of two, or 0 for none",
    ),
    Parameter::optional(
        "each_phase",
        Shape::Flag,
        "false",
        "whether a snapshot is taken after each phase, so that a difference is laid to the phase that shows it",
    ),
    Parameter::optional(
        "equality",
        Shape::Word(&["representation", "value"]),
        "\"representation\"",
        "when two values are one: `representation` (1.0 and 1.00 differ) or `value` (they do not)",
    ),
    Parameter::optional(
        "digest",
        Shape::Word(&["hash64", "sha256"]),
        "\"hash64\"",
        "how digests are made: `hash64` by the server, `sha256` over the rows in order, made here",
    ),
    Parameter::optional(
        "shared_pass",
        Shape::Word(&["auto", "always", "never"]),
        "\"auto\"",
        "whether rules are counted in the pass of the digests",
    ),
    Parameter::optional("exclude", Shape::TEXTS, "[]", "tables that are not looked at: `schema.table`"),
    Parameter::optional(
        "exclude_columns",
        Shape::List { of: &EXCLUDED_COLUMN, least: 0 },
        "[]",
        "columns that are not looked at: `\"schema.table.column\"`, or `{ column = \"…\", reason = \"…\" }`",
    ),
    Parameter::optional(
        "redact",
        Shape::TEXTS,
        "[]",
        "columns whose values are shown nowhere: `column`, `table.column` or `schema.table.column`",
    ),
    Parameter::optional(
        "max_snapshot_age",
        Shape::TIME_OR_NONE,
        "\"0\"",
        "from this age on a snapshot reads nothing further and lists what is left; `0`: no limit",
    ),
    Parameter::optional(
        "max_active_sessions",
        Shape::COUNT,
        "0",
        "while more other sessions than these are active, no table is begun; 0: any number",
    ),
    Parameter::optional(
        "statement_timeout",
        Shape::TIME_OR_NONE,
        "\"0\"",
        "how long one query may take; `0`: no limit",
    ),
    Parameter::optional(
        "gate_timeout",
        Shape::TIME_OR_NONE,
        "\"60s\"",
        "how long a gate may take that is declared in a file and does not say so itself; `0`: no limit",
    ),
    Parameter::optional(
        "expect",
        Shape::PATH,
        "none",
        "a file of what may change beside what the phases declare, and of what must hold",
    ),
    Parameter::optional("derive", Shape::Flag, "false", "whether what the SQL of every phase names counts as declared"),
];

const EXCLUDED_COLUMN: Shape = Shape::Either(&[
    Shape::Text(Form::Named("column as \"schema.table.column\"", "columns as \"schema.table.column\"")),
    Shape::Table(&[
        Parameter::required("column", Shape::TEXT, "`schema.table.column`"),
        Parameter::required("reason", Shape::TEXT, "why it is not looked at"),
    ]),
]);

#[cfg(test)]
mod tests {
    use super::super::file::File;
    use super::*;
    use crate::declaration::truth::{differences, read_as};

    #[test]
    fn what_is_told_of_a_configuration_is_what_is_read() {
        let found = differences(&Shape::Table(CONFIG), "configuration", &read_as::<File>);
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}
