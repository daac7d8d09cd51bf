//! What a statement names as changed by its own text. Only what is certain: what a trigger, a cascade, a rule or a
//! function changes besides is not in the text, and so never here.

mod alter;
mod data;
mod objects;

use super::QualifiedName;
use super::words::{Words, lead, lexemes};

/// What one statement names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// What it changes, in the order of its text.
    pub changes: Vec<NamedChange>,
    /// Why it may change more than that, where its text does not say what.
    pub more: Option<&'static str>,
    /// A temporary relation that it makes: the bare name means that one from here on.
    pub hides: Option<String>,
    /// Whether a bare name may mean another schema's from here on.
    pub moves_path: bool,
}

/// One change that a statement names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedChange {
    /// An object comes, changes or goes.
    Object {
        /// Which of them.
        verb: NamedVerb,
        /// The word of its kind, as declarations have it: `table`, `materialized_view`.
        kind: &'static str,
        /// The relation, or the object itself.
        of: QualifiedName,
        /// Where its name stands to that of `of`.
        place: Place,
    },
    /// Values of existing rows.
    Data {
        /// The table.
        table: QualifiedName,
        /// The columns that are set.
        columns: Vec<String>,
    },
    /// New rows.
    Inserts(QualifiedName),
    /// Lost rows.
    Deletes(QualifiedName),
}

/// What happens to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedVerb {
    /// It comes.
    Adds,
    /// It gets another definition.
    Changes,
    /// It goes.
    Drops,
}

/// Where the name of an object stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// It is the name itself.
    Itself,
    /// Below it: a column or a constraint of a table.
    Below(String),
    /// In the same schema: an index of a table.
    Beside(String),
    /// In no schema: a schema, an extension.
    NoSchema,
}

/// What this statement names. `text` is one statement, with or without its `;`, comments allowed anywhere.
pub fn names(text: &str) -> Names {
    let lexemes = lexemes(text);
    let mut words = Words::new(&lexemes);
    let mut found = Names { moves_path: moves_path(text, words), ..Names::default() };
    let verb = lead(text).to_ascii_lowercase();
    if verb == "with" {
        match data::behind_with(words) {
            Some(main) => words = main,
            None => found.more = Some("what its WITH does is not derived"),
        }
    }
    if found.more.is_none() {
        data::read(words, &mut found);
    }
    if found == (Names { moves_path: found.moves_path, ..Names::default() }) {
        objects::read(words, &mut found);
    }
    found
}

fn moves_path(text: &str, mut words: Words<'_>) -> bool {
    // A function's own SET search_path, or a role's for its next session, is not this session's.
    if words.begins(&["create"]) || words.begins(&["alter"]) {
        return false;
    }
    let text = text.to_ascii_lowercase();
    let resets = (words.eat("reset") || words.eat("discard")) && words.has("all");
    let sets_schema = words.eat("set") && (words.has("schema") || words.has("role") || words.has("authorization"));
    resets || sets_schema || text.contains("search_path") || text.contains("set_config")
}

impl Names {
    fn object(&mut self, verb: NamedVerb, kind: &'static str, of: &QualifiedName, place: Place) {
        self.changes.push(NamedChange::Object { verb, kind, of: of.clone(), place });
    }
}

#[cfg(test)]
mod tests;
