//! What is wrong with a declaration.

use std::ops::Range;
use std::time::Duration;

use toml::Spanned;

/// A name in a file of declarations, and where it stands.
pub(crate) type Name = Spanned<String>;

/// What is wrong with a declaration, each with the bytes of its file that it is about.
#[derive(Debug, Default)]
pub(crate) struct Complaints(pub(crate) Vec<(Range<usize>, String)>);

impl Complaints {
    pub(crate) fn add(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.0.push((span, message.into()));
    }

    /// Two lists that must pair up.
    pub(crate) fn same_length(&mut self, a: &Spanned<Vec<Name>>, b: &Spanned<Vec<Name>>, what: (&str, &str)) {
        let (left, right) = (a.get_ref().len(), b.get_ref().len());
        if left != right {
            self.add(b.span(), format!("{} names {right} and {} names {left}; they must pair up", what.1, what.0));
        }
    }

    /// A time that limits something, in milliseconds: 0 would be no limit in one place and no time in another, and is
    /// refused.
    pub(crate) fn limit(&mut self, span: Range<usize>, time: Result<Duration, String>) -> Option<u64> {
        match time {
            Ok(time) if time.is_zero() => {
                self.add(span, "a time of 0 leaves nothing; write it as 250ms, 5s, 10min, 1h");
                None
            }
            Ok(time) => u64::try_from(time.as_millis()).ok(),
            Err(problem) => {
                self.add(span, problem);
                None
            }
        }
    }
}
