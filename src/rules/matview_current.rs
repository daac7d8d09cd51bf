//! Materialized views that no longer say what their query says.

super::catalog_scope::catalog_kind!(
    /// Materialized views must hold what their query returns now.
    MatviewCurrent,
    "matview_current",
    "materialized views whose rows are not those of their query now",
    include_str!("matview_current.sql"),
    "materialized view",
    "materialized views that are not current"
);
