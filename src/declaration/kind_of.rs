//! Which kind a declaration says it is.

use std::ops::Range;

use toml::de::DeValue;

use super::nearest::allowed;
use super::parameter::KindInfo;

/// What is wrong with the name of the kind that a declaration gives in this field, as `check.not_nul = { … }`, and where.
///
/// The reader of TOML would list all kinds there are, which are too many to find one among them.
pub(crate) fn unknown_kind(
    declaration: &DeValue<'_>,
    field: &str,
    kinds: &[KindInfo],
    pages: &str,
) -> Option<(Range<usize>, String)> {
    let DeValue::Table(table) = declaration else { return None };
    let (_, value) = table.iter().find(|(name, _)| name.get_ref() == field)?;
    let (span, asked) = match value.get_ref() {
        DeValue::Table(kind) => kind.iter().map(|(name, _)| (name.span(), name.get_ref().to_string())).next()?,
        // A kind without its parameters.
        DeValue::String(kind) => (value.span(), kind.to_string()),
        _ => return None,
    };
    let names: Vec<&str> =
        kinds.iter().flat_map(|kind| [kind.name].into_iter().chain(kind.other_names.iter().copied())).collect();
    if names.contains(&asked.as_str()) {
        return None;
    }
    Some((span, format!("there is no {field} {asked:?}; {}; {pages} tells of each", allowed(&asked, &names))))
}
