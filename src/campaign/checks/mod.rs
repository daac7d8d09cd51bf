//! Defects for rules and gates: made by hand, kind by kind, each with the checks that must complain of it.
//!
//! Which these are stands beside the defect in `defects.toml` and follows from what is planted; no rule has a part in it.

mod judge;
mod report;
mod together;

use std::collections::BTreeMap;

use serde::Deserialize;

use super::rng::Rng;

pub use judge::{Complaint, Said, Wanted, alarms, judge};
pub use report::{Clean, Report};
pub use together::{summed, touched};

/// Declared gates of the campaign's own: the name of the file, and what it says.
pub const GATES: (&str, &str) = ("gates.toml", include_str!("gates.toml"));

/// The kinds of defects.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kinds {
    #[serde(rename = "defect")]
    all: Vec<Kind>,
}

/// One kind of defect.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// What it is called: its sort, a colon, what is wrong.
    #[serde(rename = "kind")]
    pub name: String,
    draw: String,
    plant: Vec<String>,
    #[serde(default)]
    finds: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    tells: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    blinds: Vec<String>,
    /// Statements that take back what does not go with the database.
    #[serde(default)]
    undo: Vec<String>,
    /// What is done to the backup instead of the database.
    backup: Option<Damage>,
}

/// What befalls a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Damage {
    /// Its end is missing.
    Cut,
    /// One of its bytes is another one.
    Changed,
    /// It is older than it may be.
    Old,
    /// It is not there.
    Gone,
}

/// A defect that is ready to be planted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    /// Its statements, a transaction each.
    pub sql: Vec<String>,
    /// What takes back what they do beyond the database.
    pub undo: Vec<String>,
    /// What is done to the backup.
    pub backup: Option<Damage>,
    /// Exactly the checks that must complain.
    pub complaints: Vec<Complaint>,
}

/// Silences triggers and foreign keys, as bulk loading does: the defect comes alone.
const SILENT: &str = "SET LOCAL session_replication_role = replica;";

/// No table of the platform has so many rows.
const FIRST_STRANGER: usize = 900_000_000;

impl Kinds {
    /// Reads them.
    ///
    /// # Errors
    /// What is wrong with the file that is part of the program; a test has seen that nothing is.
    pub fn read() -> Result<Kinds, String> {
        toml::from_str(include_str!("defects.toml")).map_err(|error| format!("defects.toml: {error}"))
    }

    /// Those whose name holds this text, in their order.
    pub fn named(&self, text: &str) -> Vec<&Kind> {
        self.all.iter().filter(|kind| kind.name.contains(text)).collect()
    }

    /// Every check that one of them is there for.
    pub fn checks(&self) -> impl Iterator<Item = &str> {
        self.all
            .iter()
            .flat_map(|kind| kind.finds.keys().chain(kind.tells.keys()).chain(&kind.blinds))
            .map(String::as_str)
    }
}

impl Kind {
    /// A query for one of the rows that can be broken so, drawn by chance; no row: it cannot be planted here.
    pub fn draw(&self, rng: &mut Rng) -> String {
        let chance = rng.draw();
        // What is drawn depends on the rows and on chance alone, not on the order in which the server reads them.
        format!("SELECT * FROM ({}) AS drawn ORDER BY md5(drawn::text || '{chance}') LIMIT 1", self.draw)
    }

    /// The defect in a row that was drawn.
    ///
    /// # Errors
    /// A name that stands for nothing, or a number that is none: the file is wrong.
    pub fn defect(&self, mut row: BTreeMap<String, String>, rng: &mut Rng) -> Result<Defect, String> {
        for (name, first, count) in [("stranger", FIRST_STRANGER, 1_000_000), ("few", 1, 20), ("n", 1, 1_000)] {
            row.insert(name.to_owned(), (first + rng.below(count)).to_string());
        }
        let sql = self.plant.iter().map(|text| Ok(format!("{SILENT} {}", filled(text, &row)?)));
        let sql = sql.collect::<Result<Vec<_>, String>>()?;
        let mut complaints = Vec::new();
        for (checks, wanted) in [(&self.finds, Wanted::Red), (&self.tells, Wanted::Told)] {
            for (check, texts) in checks {
                complaints.push(self.complaint(check, texts, wanted, &row)?);
            }
        }
        let blind =
            |check: &String| Complaint { check: check.clone(), more: 0, names: Vec::new(), wanted: Wanted::Blind };
        complaints.extend(self.blinds.iter().map(blind));
        let undo = self.undo.iter().map(|text| filled(text, &row)).collect::<Result<_, _>>()?;
        Ok(Defect { sql, undo, backup: self.backup, complaints })
    }

    fn complaint(
        &self,
        check: &str,
        texts: &[String],
        wanted: Wanted,
        row: &BTreeMap<String, String>,
    ) -> Result<Complaint, String> {
        let texts = texts.iter().map(|text| filled(text, row)).collect::<Result<Vec<_>, _>>()?;
        let (more, names) = texts.split_first().ok_or_else(|| format!("{}: {check} counts nothing", self.name))?;
        let more = more.parse().map_err(|_| format!("{}: {check}: {more:?} is no number", self.name))?;
        Ok(Complaint { check: check.to_owned(), more, names: names.to_vec(), wanted })
    }
}

/// The text with `{name}` replaced. What is put in are names and numbers of the campaign's own platform, without a quote.
fn filled(text: &str, row: &BTreeMap<String, String>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or_else(|| format!("{text:?} has no }}"))?;
        let value = row.get(name).ok_or_else(|| format!("{text:?}: {{{name}}} was not drawn"))?;
        out.push_str(before);
        out.push_str(value);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_has_a_name_of_its_own_and_a_check_that_finds_it() {
        let kinds = Kinds::read().unwrap();
        let names: BTreeSet<&str> = kinds.all.iter().map(|kind| kind.name.as_str()).collect();
        assert_eq!(names.len(), kinds.all.len());
        for kind in &kinds.all {
            assert!(kind.finds.len() + kind.tells.len() + kind.blinds.len() > 0, "{} is found by nothing", kind.name);
            assert_eq!(kind.backup.is_some(), kind.plant.is_empty(), "{} does nothing, or two things", kind.name);
            assert!(kind.name.contains(": "), "{}", kind.name);
        }
        assert_eq!(kinds.named("view: ").len(), 3);
    }

    #[test]
    fn what_was_drawn_stands_in_the_statements_and_in_what_is_expected() {
        let kinds = Kinds::read().unwrap();
        let kind = kinds.named("a holding in no portfolio")[0];
        let row = BTreeMap::from([("id".to_owned(), "7".to_owned()), ("portfolio_id".to_owned(), "3".to_owned())]);
        let defect = kind.defect(row.clone(), &mut Rng::new(1)).unwrap();
        assert_eq!(defect, kind.defect(row, &mut Rng::new(1)).unwrap());
        assert!(defect.sql[0].starts_with(SILENT) && defect.sql[0].ends_with(" WHERE id = 7"), "{:?}", defect.sql);
        let sum = &defect.complaints[1];
        assert_eq!((sum.check.as_str(), sum.more, sum.wanted), ("portfolio_value_is_sum_of_holdings", 2, Wanted::Red));
        assert_eq!(sum.names[0], "id=3 ");
        assert!(kind.defect(BTreeMap::new(), &mut Rng::new(1)).unwrap_err().contains("was not drawn"));
    }
}
