//! A value as it was read: whole, or, where it is long, how it begins and what tells it from others. Long values stay on
//! the server, so that rows of any width are held in little memory.

use crate::db::DbError;

/// Values of more bytes than this are cut.
pub(super) const WHOLE_BYTES: usize = 1_000;
/// Values are shown up to this length.
const SHOWN_CHARACTERS: usize = 200;

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    Null,
    Whole(String),
    Cut {
        characters: u64,
        /// Two 64-bit hashes of all of it.
        hashes: [i64; 2],
        start: String,
    },
}

/// The SQL that makes of a text what [`Value::read`] reads; NULL stays NULL.
pub(super) fn cut(text: &str) -> String {
    let hash = |seed: u8| format!("pg_catalog.hashtextextended({text} COLLATE \"C\", {seed})");
    format!(
        "CASE WHEN pg_catalog.octet_length({text}) <= {WHOLE_BYTES} THEN 'w' || {text} ELSE 'c' || \
         pg_catalog.length({text}) || ' ' || {} || ' ' || {} || ' ' || pg_catalog.\"left\"({text}, {SHOWN_CHARACTERS}) END",
        hash(1),
        hash(2)
    )
}

impl Value {
    /// A value that was sent as it is.
    pub(super) fn plain(sent: Option<&str>) -> Value {
        sent.map_or(Value::Null, |text| Value::Whole(text.to_owned()))
    }

    /// A value that went through [`cut`].
    pub(super) fn read(sent: Option<&str>) -> Result<Value, DbError> {
        let Some(sent) = sent else { return Ok(Value::Null) };
        if let Some(whole) = sent.strip_prefix('w') {
            return Ok(Value::Whole(whole.to_owned()));
        }
        let parts = sent.strip_prefix('c').and_then(|rest| {
            let mut parts = rest.splitn(4, ' ');
            let characters = parts.next()?.parse().ok()?;
            let hashes = [parts.next()?.parse().ok()?, parts.next()?.parse().ok()?];
            Some(Value::Cut { characters, hashes, start: parts.next()?.to_owned() })
        });
        parts.ok_or_else(|| DbError::Answer { reason: "a value came in another form than was asked for".into() })
    }

    /// All of it; `None` for NULL, and where only a part is here.
    pub(super) fn whole(&self) -> Option<&str> {
        match self {
            Value::Whole(text) => Some(text),
            Value::Null | Value::Cut { .. } => None,
        }
    }

    /// As it is shown; `None` for NULL.
    pub(super) fn shown(&self) -> Option<String> {
        match self {
            Value::Null => None,
            Value::Cut { characters, start, .. } => Some(format!("{start}… ({characters} characters)")),
            Value::Whole(text) => Some(match text.char_indices().nth(SHOWN_CHARACTERS) {
                Some((at, _)) => format!("{}… ({} characters)", &text[..at], text.chars().count()),
                None => text.clone(),
            }),
        }
    }

    /// Bytes that it takes, about.
    pub(super) fn bytes(&self) -> usize {
        let text = match self {
            Value::Null => 0,
            Value::Whole(text) => text.len(),
            Value::Cut { start, .. } => start.len(),
        };
        text + OVERHEAD
    }
}

/// Bytes of a value besides its text.
pub(super) const OVERHEAD: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_known_by_its_hashes_and_shown_by_its_start() {
        let start = "é".repeat(200);
        let read = |hash: i64| Value::read(Some(&format!("c5000 -7 {hash} {start}"))).unwrap();
        assert_eq!(read(8), Value::Cut { characters: 5000, hashes: [-7, 8], start: start.clone() });
        assert_ne!(read(8), read(9));
        assert_eq!(read(8).shown().unwrap(), format!("{start}… (5000 characters)"));
        assert_eq!(
            (Value::read(Some("wc 1")).unwrap(), Value::read(None).unwrap()),
            (Value::Whole("c 1".into()), Value::Null)
        );
        assert!(Value::read(Some("")).is_err() && Value::read(Some("c1 2 3")).is_err());
    }

    #[test]
    fn whole_and_cut_look_alike() {
        let text = "x".repeat(300);
        let cut = Value::Cut { characters: 300, hashes: [1, 2], start: text[..200].to_owned() };
        assert_eq!(Value::Whole(text).shown(), cut.shown());
    }
}
