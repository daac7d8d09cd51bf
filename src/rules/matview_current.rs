//! Materialized views that no longer say what their query says.

use super::catalog_scope::condition;
use super::kind::{Name, Scope};
use super::violation::{Planned, Search, Violation};

super::catalog_scope::catalog_kind!(
    /// Materialized views must hold what their query returns now.
    MatviewCurrent,
    "matview_current",
    "materialized views whose rows are not those of their query now",
    include_str!("matview_current.sql"),
    "materialized view",
    "materialized views that are not current",
    violated in changed_beneath
);

/// What a materialized view is made of changes, and it is not filled anew.
fn changed_beneath(scope: &Scope<'_>, schemas: &[Name]) -> Planned {
    Violation::search(Search::Matviews { scope: condition(scope, schemas) })
}
