//! `phasegate schema`: the JSON Schemas of the files, by which editors complete them.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::config::SCHEMAS;
use crate::run::{self, Exit};

use super::said::print;

/// What can be typed after `schema`.
#[derive(Debug, Args)]
pub(super) struct Schema {
    /// Which file: the configuration, those of the folder of rules, or that of confirmations
    #[arg(value_name = "FILE", value_parser = PossibleValuesParser::new(SCHEMAS.map(|schema| schema.name)))]
    #[arg(required_unless_present = "write")]
    file: Option<String>,
    /// Write it into this folder, or all of them where none is named; what is there is replaced
    #[arg(long, value_name = "FOLDER")]
    write: Option<PathBuf>,
}

pub(super) fn run(typed: &Schema) -> anyhow::Result<Exit> {
    let chosen = SCHEMAS.into_iter().filter(|schema| typed.file.as_deref().is_none_or(|name| name == schema.name));
    for schema in chosen {
        match &typed.write {
            Some(folder) => print(&format!("{}\n", run::write_schema(&schema, folder)?.display())),
            None => print(&schema.text()),
        }
    }
    Ok(Exit::Go)
}
