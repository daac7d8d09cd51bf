//! What is wrong with a declaration.

use std::ops::Range;

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

    /// A list that must name something.
    pub(crate) fn not_empty(&mut self, list: &Spanned<Vec<Name>>, what: &str) {
        if list.get_ref().is_empty() {
            self.add(list.span(), format!("{what} names no column"));
        }
    }

    /// Two lists that must pair up.
    pub(crate) fn same_length(&mut self, a: &Spanned<Vec<Name>>, b: &Spanned<Vec<Name>>, what: (&str, &str)) {
        let (left, right) = (a.get_ref().len(), b.get_ref().len());
        if left != right {
            self.add(b.span(), format!("{} names {right} and {} names {left}; they must pair up", what.1, what.0));
        }
    }
}
