//! Indexes that are there and not used.

super::catalog_scope::catalog_kind!(
    /// Indexes must be valid, ready and live.
    IndexValid,
    "index_valid",
    "indexes that are invalid, not ready or being dropped",
    include_str!("index_valid.sql"),
    "index",
    "indexes that are not valid",
    violated by super::catalog_scope::INDEXES_INVALID
);
