//! Rows that hold what opens a door, where anybody can read it.

use serde::Deserialize;
use toml::Spanned;

use super::hidden_text::{self, PRIVATE_KEY, Pattern};
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape, plain};
use super::row::Probed;
use super::violation::Planned;
use super::words;

/// Columns, of free text above all, that must hold no password, key or token in the clear.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoPlaintextSecret {
    columns: Spanned<Vec<Name>>,
    #[serde(default = "all")]
    patterns: Vec<Spanned<String>>,
}

/// Forms that a secret can be told by, wherever it stands in a text. A value that was made unreadable (`***`) is none: what
/// counts of a value are the characters beside the stars. Within a text in quotes, quotes have a backslash before them.
const PATTERNS: &[Pattern] = &[
    PRIVATE_KEY,
    ("aws_key", "(^|[^A-Z0-9])(AKIA|ASIA)[A-Z0-9]{16}([^A-Z0-9]|$)", "AKIAIOSFODNN7EXAMPLE"),
    (
        "github_token",
        "(^|[^A-Za-z0-9_])(gh[opsur]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22})",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ),
    ("slack_token", "xox[abprs]-[A-Za-z0-9-]{10}", "xoxb-0123456789"),
    ("jwt", "eyJ[A-Za-z0-9_-]{10,}[.]eyJ[A-Za-z0-9_-]{10,}[.][A-Za-z0-9_-]", "eyJ0000000000.eyJ0000000000.x"),
    ("url_password", r"[a-z]://[^/[:space:]:@]*:\**([^/[:space:]@*]\**)+@", "https://user:word@host"),
    (
        "assignment",
        concat!(
            "([Pp]assw(or)?d|PASSW(OR)?D|[Ss]ecret|SECRET|[Aa]pi[_-]?[Kk]ey|API[_-]?KEY|[Tt]oken|TOKEN)",
            r#"\\*["']? *[:=] *\\*["']?"#,
            // Where stars are among them, a comma and the like end the value, or the next word would be counted too.
            r#"([^[:space:]"'*]{6}|\**([^[:space:]"'*,;&]\**){6})"#,
        ),
        "password=0123456",
    ),
];

const NAMES: [&str; PATTERNS.len()] = words::first_words!(PATTERNS);

fn all() -> Vec<Spanned<String>> {
    hidden_text::all(PATTERNS)
}

impl Kind for NoPlaintextSecret {
    const NAME: &'static str = "no_plaintext_secret";
    const SUMMARY: &'static str = "rows that hold a password, key or token in the clear";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("columns", Shape::COLUMNS, "the columns to look through"),
        Parameter::optional(
            "patterns",
            Shape::List { of: &Shape::Word(&NAMES), least: 1 },
            "all",
            "what to look for: private_key, aws_key, github_token, slack_token, jwt, url_password, assignment (`password=…`)",
        ),
    ];

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        hidden_text::hold_against(self.columns.get_ref(), scope, complaints);
    }

    fn about(&self) -> Vec<&str> {
        plain(self.columns.get_ref())
    }

    fn hides(&self) -> Vec<&str> {
        self.about()
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        hidden_text::violation(scope, self.columns.get_ref(), &self.patterns, PATTERNS)
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let patterns = (&self.patterns[..], PATTERNS);
        Ok(hidden_text::probe(scope, self.columns.get_ref(), patterns, "rows with a secret"))
    }
}
