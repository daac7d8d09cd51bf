//! A schema as it was, in a file that is committed and read like code: one line an object.

use serde::{Deserialize, Serialize};

use crate::db::{DbError, SCHEMA_OBJECTS, Session, Sql, SqlError};

/// The version of the file's format.
const FORMAT_VERSION: u32 = 1;

/// Every object of a database with its definition, as a rule of the kind `schema_match` holds the database against it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemaBaseline {
    format_version: u32,
    /// The server's major version: each writes expressions out in words of its own.
    server_major: u32,
    /// Objects that were left out, with what belongs to them.
    pub(super) left_out: Vec<String>,
    pub(super) objects: Vec<BaselineObject>,
}

/// One object of the schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BaselineObject {
    kind: String,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<String>,
    definition: String,
}

impl SchemaBaseline {
    /// Reads it from a database, without the objects of these names and what belongs to them. Changes nothing.
    ///
    /// # Errors
    /// [`DbError`] as for any query.
    pub async fn read(session: &mut Session, left_out: &[String]) -> Result<SchemaBaseline, DbError> {
        let sql = Sql::new(include_str!("schema_baseline.sql")).fragment("now", now()?).fragment("short", short());
        let mut baseline = SchemaBaseline {
            format_version: FORMAT_VERSION,
            server_major: 0,
            left_out: left_out.to_vec(),
            objects: Vec::new(),
        };
        for row in session.rows(sql.render()?).await? {
            let (name, of) = (row.text("name")?.to_owned(), row.get("of")?.map(str::to_owned));
            baseline.server_major = row.parse("major")?;
            let is_left_out = left_out
                .iter()
                .any(|whole| belongs(&name, whole) || of.as_deref().is_some_and(|of| belongs(of, whole)));
            if !is_left_out {
                let (kind, definition) = (row.text("kind")?.to_owned(), row.text("definition")?.to_owned());
                baseline.objects.push(BaselineObject { kind, name, of, definition });
            }
        }
        Ok(baseline)
    }

    /// The file's text.
    ///
    /// # Errors
    /// Never with objects that a database has.
    pub fn text(&self) -> Result<String, serde_json::Error> {
        let mut out = format!(
            "{{\n  \"format_version\": {},\n  \"server_major\": {},\n  \"left_out\": {},\n  \"objects\": [",
            self.format_version,
            self.server_major,
            serde_json::to_string(&self.left_out)?
        );
        for (place, object) in self.objects.iter().enumerate() {
            out += if place == 0 { "\n    " } else { ",\n    " };
            out += &serde_json::to_string(object)?;
        }
        out += "\n  ]\n}\n";
        Ok(out)
    }

    /// How many objects it holds.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Reads a file's text; what is wrong with it where it is none.
    pub(super) fn parse(text: &str) -> Result<SchemaBaseline, String> {
        const MADE_BY: &str = "phasegate snapshot schema writes such a file";
        let baseline: SchemaBaseline =
            serde_json::from_str(text).map_err(|error| format!("no file of a schema: {error}; {MADE_BY}"))?;
        if baseline.format_version != FORMAT_VERSION {
            return Err(format!(
                "its format is {}, and this phasegate reads {FORMAT_VERSION}",
                baseline.format_version
            ));
        }
        if baseline.objects.is_empty() {
            return Err("it holds no object, so nothing would be compared".to_owned());
        }
        Ok(baseline)
    }
}

/// The query of every object as it is now.
pub(super) fn now() -> Result<String, SqlError> {
    Sql::new(include_str!("schema_now.sql")).fragment("objects", SCHEMA_OBJECTS).render()
}

/// The definition of an object `o` as files have it.
pub(super) fn short() -> &'static str {
    include_str!("schema_short.sql")
}

/// Whether the name is that of the whole, or of a part of it.
fn belongs(name: &str, whole: &str) -> bool {
    name.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_it_was_written_and_nothing_else_is() {
        let object = BaselineObject {
            kind: "column".into(),
            name: "public.t.\"x".into(),
            of: Some("public.p.x".into()),
            definition: "text default 'a\nb'".into(),
        };
        let one = SchemaBaseline {
            format_version: 1,
            server_major: 15,
            left_out: vec!["log.t".into()],
            objects: vec![object],
        };
        let two = SchemaBaseline { objects: [one.objects.clone(), one.objects.clone()].concat(), ..one.clone() };
        for baseline in [one.clone(), two] {
            assert_eq!(SchemaBaseline::parse(&baseline.text().unwrap()).unwrap(), baseline);
        }
        let said = |text: &str| SchemaBaseline::parse(text).unwrap_err();
        assert!(said("{}").starts_with("no file of a schema: missing field"), "{}", said("{}"));
        assert!(said(&SchemaBaseline { objects: vec![], ..one.clone() }.text().unwrap()).contains("no object"));
        assert!(said(&SchemaBaseline { format_version: 2, ..one }.text().unwrap()).contains("format is 2"));
    }
}
