//! Every object of a database with its definition, as a query: who asks it joins, sorts and compares.

/// The columns `kind`, `name`, `of` and `definition` of every object of the user's schemas. Objects of one kind may share a
/// name. Definitions are qualified where the search path is `pg_catalog` alone. It can stand in brackets, as a subquery.
pub const SCHEMA_OBJECTS: &str = include_str!("schema.sql");
