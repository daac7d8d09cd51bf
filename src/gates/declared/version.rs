//! Versions of programs.

use std::fmt;

/// A version as numbers: `15.18`, `3.11.2`. What stands behind the numbers has no part in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(Vec<u64>);

impl Version {
    /// The first version in a text: digits with dots between them, at the beginning of a word but for a `v` or `V`. A date
    /// (`2025-04-15`) and a width (`64-Bit`) are none.
    pub(super) fn find(text: &str) -> Option<Version> {
        text.split(|c: char| c.is_whitespace() || ['(', ',', '"', '\''].contains(&c)).find_map(Version::of_word)
    }

    fn of_word(word: &str) -> Option<Version> {
        let word = word.trim_start_matches(['v', 'V']);
        let end = word.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(word.len());
        let digits = word[..end].trim_end_matches('.');
        if !digits.contains('.') && word[end..].starts_with('-') {
            return None;
        }
        let numbers: Option<Vec<u64>> = digits.split('.').map(|part| part.parse().ok()).collect();
        numbers.map(Version)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(u64::to_string).collect();
        f.write_str(&parts.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_version_of_a_text_is_found() {
        for (text, expected) in [
            ("psql (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "15.18"),
            ("v20.11.1", "20.11.1"),
            ("git version 2.39.5", "2.39.5"),
            ("Python 3.11.2+", "3.11.2"),
            ("openjdk version \"17.0.15\" 2025-04-15", "17.0.15"),
            ("Build 2024-05-01, 64-Bit, version 1.2", "1.2"),
            ("node 18", "18"),
            ("openssl 3.0.17-rc1 2025", "3.0.17"),
        ] {
            assert_eq!(Version::find(text).unwrap().to_string(), expected, "{text}");
        }
        assert_eq!(Version::find("no number here"), None);
    }

    #[test]
    fn versions_are_compared_by_number() {
        let version = |text| Version::find(text).unwrap();
        assert!(version("9.6") < version("15") && version("15") < version("15.1") && version("2.9") < version("2.10"));
    }
}
