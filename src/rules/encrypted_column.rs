//! Rows whose secret lies in the clear.

use serde::Deserialize;
use toml::Spanned;

use crate::db::quote_literal;

use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape};
use super::row::{self, Probed};
use super::violation::{Planned, Violation};
use super::words;

/// A column that must hold ciphertext.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EncryptedColumn {
    column: Name,
    format: Spanned<String>,
    #[serde(default = "shortest")]
    min_bytes: u32,
    plaintext: Option<Name>,
    #[serde(default = "super::kind::yes")]
    null_ok: bool,
}

fn shortest() -> u32 {
    16
}

/// Name of each form, the pattern of it as text, and the first bytes of it in hexadecimal as bytea.
///
/// `pgp` is the header of a symmetric or public-key session packet or of encrypted data (RFC 4880, 4.2); `fernet` begins
/// with its version byte 0x80 and a time stamp; `age` with its own first line.
const FORMATS: &[(&str, &str, &str)] = &[
    ("pgp", "^-----BEGIN PGP MESSAGE-----", "^(c[13]|d2|84|8c|85|a[4-7])"),
    (
        "age",
        "^(age-encryption[.]org/v1|-----BEGIN AGE ENCRYPTED FILE-----)",
        "^6167652d656e6372797074696f6e2e6f72672f7631",
    ),
    ("fernet", "^gAAAAA[A-Za-z0-9_-]+=*$", "^80"),
    ("base64", "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$", ""),
    ("hex", "^([0-9a-fA-F]{2})+$", ""),
    ("raw", "", ""),
];

const NAMES: [&str; FORMATS.len()] = words::first_words!(FORMATS);

impl Kind for EncryptedColumn {
    const NAME: &'static str = "encrypted_column";
    const SUMMARY: &'static str = "rows whose value does not look encrypted";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("column", Shape::COLUMN, "the column, of a text type or bytea; its values are never shown"),
        Parameter::required(
            "format",
            Shape::Word(&NAMES),
            "what a ciphertext looks like: pgp, age, fernet, base64, hex, raw",
        ),
        Parameter::optional("min_bytes", Shape::COUNT_32, "16", "the shortest ciphertext that is plausible, in bytes"),
        Parameter::optional("plaintext", Shape::COLUMN, "none", "a column that it must not equal"),
        Parameter::optional("null_ok", Shape::Flag, "true", "whether NULL is accepted"),
    ];

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.column(&self.column, complaints);
        if let Some(plaintext) = &self.plaintext {
            scope.column(plaintext, complaints);
        }
    }

    fn about(&self) -> Vec<&str> {
        vec![self.column.get_ref()]
    }

    fn hides(&self) -> Vec<&str> {
        std::iter::once(&self.column).chain(&self.plaintext).map(|name| name.get_ref().as_str()).collect()
    }

    /// A value that is no ciphertext: too short, a sentence, or the plaintext itself.
    fn violation(&self, scope: &Scope<'_>) -> Planned {
        let is_bytea = row::is_bytea(scope, &self.column);
        let mut values = vec![if is_bytea { "'\\x00'" } else { "'plain text'" }.to_owned()];
        values.extend(self.plaintext.as_ref().map(|plaintext| match is_bytea {
            true => bytes_of(scope, plaintext),
            false => row::cell(plaintext),
        }));
        Violation::values(scope, &self.column, &values)
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let is_bytea = row::is_bytea(scope, &self.column);
        let (text, bytes) = self.forms().unwrap_or_default();
        let (value, pattern, length) = match is_bytea {
            true => {
                let head = format!("pg_catalog.encode(pg_catalog.substr({}, 1, 32), 'hex')", row::cell(&self.column));
                (head, bytes, format!("pg_catalog.length({})", row::cell(&self.column)))
            }
            false => (row::text(&self.column), text, format!("pg_catalog.octet_length({})", row::text(&self.column))),
        };
        let mut wrong = vec![format!("{length} < {}", self.min_bytes)];
        if !pattern.is_empty() {
            wrong.push(format!("NOT ({value} ~ {})", quote_literal(pattern)));
        }
        // What a person typed has blanks between words; bytes that were encrypted have them by chance alone, and their
        // text forms never do. That tells `raw` from a sentence.
        if pattern.is_empty() && !is_bytea {
            wrong.push(format!("{value} ~ '^[[:alpha:]]+([ ,.-]+[[:alpha:]]+)*[.]?$'"));
        }
        if let Some(plaintext) = &self.plaintext {
            wrong.push(format!("{} = {}", bytes_of(scope, &self.column), bytes_of(scope, plaintext)));
        }
        let noun = format!("rows that do not look like {}", self.format.get_ref());
        Ok(row::secret(wrong.join(" OR "), &[&self.column], self.null_ok, noun))
    }
}

/// Bytes and text are held against each other by their bytes: the text of bytes is their digits.
fn bytes_of(scope: &Scope<'_>, name: &Name) -> String {
    match row::is_bytea(scope, name) {
        true => row::cell(name),
        false => format!("pg_catalog.convert_to({}::text, pg_catalog.getdatabaseencoding())", row::cell(name)),
    }
}

impl EncryptedColumn {
    fn forms(&self) -> Option<(&'static str, &'static str)> {
        FORMATS.iter().find(|(name, ..)| name == self.format.get_ref()).map(|(_, text, bytes)| (*text, *bytes))
    }
}
