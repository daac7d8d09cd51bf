//! What the SQL of a phase names, as the lines that would declare it.

use std::collections::HashSet;
use std::io::Read;

use crate::phase::{Change, ObjectKind};
use crate::script::{NamedChange, NamedVerb, Names, Place, QualifiedName, ScriptError, Splitter, names};

/// What a script names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Derived {
    /// Each once, in the order of the script.
    pub changes: Vec<Change>,
    /// The tables of the indexes among them, as pairs of index and table.
    pub indexed: Vec<(String, String)>,
    /// The statements that may change more than their text names: where they begin, and why. The first of each reason.
    pub more: Vec<(u64, &'static str)>,
}

/// Reads a script and says what it names.
///
/// A name without a schema is taken for one of the first schema of `search_path`. It is left out where that is not
/// certain: behind a statement that sets the search path, for a name that a temporary table of the script bears, for
/// `"$user"`, and for a name that a declaration cannot hold (with a dot, a star, a blank, a comma or a parenthesis).
///
/// # Errors
/// [`ScriptError`] where the script cannot be split.
pub fn derive(script: impl Read, search_path: &str) -> Result<Derived, ScriptError> {
    let mut scope = Scope { schema: first_schema(search_path), hidden: HashSet::new() };
    let mut derived = Derived::default();
    for statement in Splitter::new(script).statements() {
        let statement = statement?;
        let found = names(&statement.text);
        let changes: Vec<Option<Change>> = found.changes.iter().map(|change| scope.change(change)).collect();
        let unclear = changes.contains(&None).then_some("the schema of a name is not certain");
        for why in found.more.into_iter().chain(unclear) {
            if !derived.more.iter().any(|(_, known)| *known == why) {
                derived.more.push((u64::from(statement.position().line), why));
            }
        }
        derived.indexed.extend(found.changes.iter().filter_map(|change| scope.index(change)));
        for change in changes.into_iter().flatten() {
            if !derived.changes.contains(&change) {
                derived.changes.push(change);
            }
        }
        scope.follow(found);
    }
    Ok(derived)
}

/// What a bare name means.
struct Scope {
    /// The schema that it is of, where that is certain.
    schema: Option<String>,
    /// Temporary relations.
    hidden: HashSet<String>,
}

impl Scope {
    fn follow(&mut self, found: Names) {
        self.hidden.extend(found.hides);
        if found.moves_path {
            self.schema = None;
        }
    }

    fn change(&self, change: &NamedChange) -> Option<Change> {
        Some(match change {
            NamedChange::Object { verb, kind, of, place } => {
                let kind = ObjectKind::parse(kind)?;
                let name = self.object(of, place)?;
                match verb {
                    NamedVerb::Adds => Change::Adds(kind, name),
                    NamedVerb::Changes => Change::Changes(kind, name),
                    NamedVerb::Drops => Change::Drops(kind, name),
                }
            }
            NamedChange::Data { table, columns } => {
                let columns: Option<Vec<String>> = columns.iter().map(|column| plain(column)).collect();
                Change::Data { table: self.full_name(table)?, columns: columns? }
            }
            NamedChange::Inserts(table) => Change::Inserts(self.full_name(table)?),
            NamedChange::Deletes(table) => Change::Deletes(self.full_name(table)?),
        })
    }

    /// A new index, and its table.
    fn index(&self, change: &NamedChange) -> Option<(String, String)> {
        match change {
            NamedChange::Object { verb: NamedVerb::Adds, kind: "index", of, place } => {
                Some((self.object(of, place)?, self.full_name(of)?))
            }
            _ => None,
        }
    }

    fn object(&self, of: &QualifiedName, place: &Place) -> Option<String> {
        Some(match place {
            Place::Itself => self.full_name(of)?,
            Place::Below(part) => format!("{}.{}", self.full_name(of)?, plain(part)?),
            Place::Beside(name) => format!("{}.{}", self.schema_of(of)?, plain(name)?),
            Place::NoSchema => plain(&of.name)?,
        })
    }

    fn full_name(&self, name: &QualifiedName) -> Option<String> {
        Some(format!("{}.{}", self.schema_of(name)?, plain(&name.name)?))
    }

    fn schema_of(&self, name: &QualifiedName) -> Option<String> {
        match &name.schema {
            Some(schema) => plain(schema),
            None if self.hidden.contains(&name.name) => None,
            None => self.schema.clone(),
        }
    }
}

/// The name, if a declaration can hold it as it is.
fn plain(name: &str) -> Option<String> {
    (!name.contains(|c: char| c.is_whitespace() || ".*,()\"".contains(c))).then(|| name.to_owned())
}

fn first_schema(search_path: &str) -> Option<String> {
    let first = search_path.split(',').map(str::trim).find(|name| !name.is_empty())?;
    plain(first.trim_matches('"')).filter(|name| name != "$user" && !name.starts_with("pg_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(script: &str, path: &str) -> Vec<String> {
        derive(script.as_bytes(), path).unwrap().changes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn lines_are_those_of_a_header_each_once() {
        let script = "UPDATE t SET a = 1; UPDATE app.t SET a = 2;\nCREATE INDEX i ON x.t (a); CREATE SCHEMA s;";
        let expected = ["changes data app.t (a)", "adds index x.i", "adds schema s"];
        assert_eq!(lines(script, "app, public"), expected);
    }

    #[test]
    fn a_name_of_which_the_schema_is_not_certain_is_left_out() {
        assert_eq!(
            lines("DELETE FROM t; SET search_path = b; DELETE FROM u; DELETE FROM c.v;", "public"),
            ["deletes public.t", "deletes c.v"]
        );
        assert_eq!(lines("CREATE TEMP TABLE t (a int); INSERT INTO t VALUES (1);", "public"), Vec::<String>::new());
        assert_eq!(lines("DELETE FROM t;", "\"$user\", public"), Vec::<String>::new());
        assert_eq!(lines("DELETE FROM public.\"a*\"; DELETE FROM \"a.b\".c;", "public"), Vec::<String>::new());
    }

    #[test]
    fn statements_that_may_do_more_are_named_once_a_reason() {
        let found = derive("DELETE FROM t;\nCALL p();\nDO 'x';\nCALL q();".as_bytes(), "public").unwrap();
        assert_eq!(found.more, [(2, "a procedure may change anything"), (3, "a DO block may change anything")]);
    }

    #[test]
    fn an_index_knows_its_table() {
        let found = derive("CREATE INDEX i ON x.t (a); DROP INDEX x.j;".as_bytes(), "public").unwrap();
        assert_eq!(found.indexed, [("x.i".to_owned(), "x.t".to_owned())]);
    }
}
