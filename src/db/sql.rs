//! The one place where values and names enter SQL text.
//!
//! SQL files use psql's own placeholders, so that each can be run in psql with `-v name=value`:
//! `:"name"` becomes a quoted identifier, `:'name'` a quoted literal (or NULL). A third form that psql has too,
//! a bare `:name`, takes a trusted fragment of SQL (a user's own `where`, a list built from quoted parts).
//! Why not bound parameters: they need the extended protocol, whose two round trips return other clients' answers
//! behind a transaction pooler.

use std::collections::BTreeMap;

/// A statement with placeholders, and what stands in for them.
#[derive(Debug, Clone)]
pub struct Sql {
    text: &'static str,
    values: BTreeMap<&'static str, Value>,
}

#[derive(Debug, Clone)]
enum Value {
    Ident(String),
    Literal(Option<String>),
    Fragment(String),
}

/// A placeholder that nothing stands in for, or a value of the wrong form: a mistake in phasegate itself.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SqlError {
    /// The text has a placeholder that was given no value of its form.
    #[error("the statement needs {placeholder}, which was not given")]
    Missing {
        /// The placeholder as it stands in the text.
        placeholder: String,
    },
    /// The text holds a NUL character, which PostgreSQL cannot store and which would cut the message short.
    #[error("the statement or a value in it holds a NUL character, which PostgreSQL does not allow")]
    Nul,
}

impl Sql {
    /// A statement from a `.sql` file.
    pub fn new(text: &'static str) -> Sql {
        Sql { text, values: BTreeMap::new() }
    }

    /// Puts a name in place of `:"key"`; it is quoted.
    #[must_use]
    pub fn ident(mut self, key: &'static str, name: impl Into<String>) -> Sql {
        self.values.insert(key, Value::Ident(name.into()));
        self
    }

    /// Puts a value in place of `:'key'`; it is quoted.
    #[must_use]
    pub fn value(mut self, key: &'static str, value: impl ToString) -> Sql {
        self.values.insert(key, Value::Literal(Some(value.to_string())));
        self
    }

    /// Puts a value, or NULL, in place of `:'key'`.
    #[must_use]
    pub fn maybe(mut self, key: &'static str, value: Option<impl ToString>) -> Sql {
        self.values.insert(key, Value::Literal(value.map(|value| value.to_string())));
        self
    }

    /// Puts SQL in place of `:key`, as it is. Only for text that is SQL by its nature (a rule's own `where`) or that
    /// was put together from quoted parts.
    #[must_use]
    pub fn fragment(mut self, key: &'static str, sql: impl Into<String>) -> Sql {
        self.values.insert(key, Value::Fragment(sql.into()));
        self
    }

    /// The statement with everything in its place.
    ///
    /// # Errors
    /// [`SqlError::Missing`] names the first placeholder that was not given; [`SqlError::Nul`] for a value with NUL.
    pub fn render(&self) -> Result<String, SqlError> {
        let mut out = String::with_capacity(self.text.len() + 64);
        let mut rest = self.text;
        while let Some(at) = rest.find(':') {
            let (before, after) = rest.split_at(at);
            out.push_str(before);
            rest = self.placeholder(before, after, &mut out)?;
        }
        out.push_str(rest);
        if out.contains('\0') { Err(SqlError::Nul) } else { Ok(out) }
    }

    /// Handles the text from a colon on; returns what follows the placeholder (or the colon, where it is none).
    fn placeholder<'t>(&self, before: &str, after: &'t str, out: &mut String) -> Result<&'t str, SqlError> {
        if let Some(tail) = after.strip_prefix("::") {
            out.push_str("::");
            return Ok(tail);
        }
        let body = &after[1..];
        let quote = body.chars().next().filter(|c| matches!(c, '"' | '\''));
        let name_from = usize::from(quote.is_some());
        let len =
            body[name_from..].find(|c: char| !(c.is_ascii_lowercase() || c == '_')).unwrap_or(body.len() - name_from);
        let name = &body[name_from..name_from + len];
        let end = name_from + len;
        let closed = quote.is_none_or(|q| body[end..].starts_with(q));
        // `[1:5]`, `12:30` and a stray colon are not placeholders.
        if name.is_empty() || !closed || before.ends_with(|c: char| c.is_ascii_alphanumeric()) {
            out.push(':');
            return Ok(body);
        }
        let end = end + usize::from(quote.is_some());
        let missing = || SqlError::Missing { placeholder: after[..=end].trim_end().to_owned() };
        match (quote, self.values.get(name)) {
            (Some('"'), Some(Value::Ident(ident))) => out.push_str(&quote_ident(ident)),
            (Some('\''), Some(Value::Literal(Some(value)))) => out.push_str(&quote_literal(value)),
            (Some('\''), Some(Value::Literal(None))) => out.push_str("NULL"),
            (None, Some(Value::Fragment(sql))) => out.push_str(sql),
            _ => return Err(missing()),
        }
        Ok(&body[end..])
    }
}

/// A name as an SQL identifier: always in double quotes, inner ones doubled.
pub fn quote_ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The schemas of a `search_path` as it is written: `app, "App"`.
pub fn schemas_of(search_path: &str) -> Vec<String> {
    let names = search_path.split(',').map(str::trim).filter(|name| !name.is_empty());
    names.map(|name| name.trim_matches('"').to_owned()).collect()
}

/// `schema.name`, both quoted.
pub fn quote_qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", quote_ident(schema), quote_ident(name))
}

/// A value as an SQL literal that means the same whatever `standard_conforming_strings` says.
pub fn quote_literal(value: &str) -> String {
    let quoted = value.replace('\'', "''");
    if quoted.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_names_are_quoted() {
        let sql = Sql::new(r#"SELECT :'v'::text, x::"char" FROM :"t" WHERE :cond AND a[1:2] = '12:30'"#)
            .value("v", r"o'br\ien")
            .ident("t", r#"we"ird"#)
            .fragment("cond", "true");
        assert_eq!(
            sql.render().unwrap(),
            r#"SELECT E'o''br\\ien'::text, x::"char" FROM "we""ird" WHERE true AND a[1:2] = '12:30'"#
        );
    }

    #[test]
    fn null_is_not_a_string() {
        let sql = Sql::new("SELECT :'v'").maybe("v", None::<&str>);
        assert_eq!(sql.render().unwrap(), "SELECT NULL");
    }

    #[test]
    fn nul_is_refused_before_it_cuts_the_message() {
        assert_eq!(Sql::new("SELECT :'v'").value("v", "a\0b").render(), Err(SqlError::Nul));
    }

    #[test]
    fn a_missing_value_is_named() {
        let error = Sql::new("SELECT 1 FROM :\"table_name\" x").render().unwrap_err();
        assert_eq!(error, SqlError::Missing { placeholder: ":\"table_name\"".into() });
        // A value of the other form does not stand in.
        assert!(Sql::new("SELECT :'a'").ident("a", "x").render().is_err());
    }
}
