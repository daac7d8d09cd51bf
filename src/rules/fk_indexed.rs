//! Foreign keys whose columns no index leads with.

super::catalog_scope::catalog_kind!(
    /// Foreign keys must have an index on the side that points, so that a delete of a parent does not scan the children.
    FkIndexed,
    "fk_indexed",
    "foreign keys whose columns no valid index begins with",
    include_str!("fk_indexed.sql"),
    "foreign key",
    "foreign keys without an index",
    violated by super::catalog_scope::INDEXES_INVALID
);
