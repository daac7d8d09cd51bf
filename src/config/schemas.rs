//! The files that a user writes in TOML, each with its JSON Schema, by which editors complete it.

use crate::declaration::{Form, Parameter, Shape, document};
use crate::gates::declared::loads::LOAD;
use crate::gates::declared::metrics::METRIC;
use crate::gates::declared::{CONFIRMATIONS, GATE};
use crate::rules::RULE;

use super::written::CONFIG;

/// A file that a user writes.
#[derive(Debug, Clone, Copy)]
pub struct FileSchema {
    /// The name by which it is asked for.
    pub name: &'static str,
    /// What the schema's own file is called.
    pub file_name: &'static str,
    title: &'static str,
    description: &'static str,
    shape: Shape,
}

/// Every file that a user writes in TOML.
pub const SCHEMAS: [FileSchema; 3] = [
    FileSchema {
        name: "config",
        file_name: "config.schema.json",
        title: "phasegate.toml",
        description: "The configuration of phasegate.",
        shape: Shape::Table(CONFIG),
    },
    FileSchema {
        name: "rules",
        file_name: "rules.schema.json",
        title: "phasegate rules",
        description: "A file of the folder of rules: integrity rules, gates, loads and metrics.",
        shape: Shape::Table(&[
            Parameter::optional("rules", by_id(&RULE), "{}", "what must be true of the data"),
            Parameter::optional("gates", by_id(&GATE), "{}", "what must be true of the platform"),
            Parameter::optional("loads", by_id(&LOAD), "{}", "users who come together"),
            Parameter::optional("metrics", by_id(&METRIC), "{}", "figures that are compared with a baseline"),
        ]),
    },
    FileSchema {
        name: "confirmations",
        file_name: "confirmations.schema.json",
        title: "phasegate confirmations",
        description: "What named persons have confirmed: a table for each gate of the kind `manual`, by its id.",
        shape: CONFIRMATIONS,
    },
];

impl FileSchema {
    /// The JSON Schema.
    pub fn text(&self) -> String {
        document(self.name, self.title, self.description, &self.shape)
    }
}

const fn by_id(of: &'static Shape) -> Shape {
    Shape::Map { names: Form::Id, of, least: 0 }
}
