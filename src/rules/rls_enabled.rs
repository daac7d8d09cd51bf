//! Tables that show every row to whoever may read them.

super::catalog_scope::catalog_kind!(
    /// Tables must have row-level security switched on, for their owner too, and a policy.
    RlsEnabled,
    "rls_enabled",
    "tables on which row-level security is off, not forced, or without a policy",
    include_str!("rls_enabled.sql"),
    "table",
    "tables without row-level security",
    violated by "EXECUTE pg_catalog.format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', item.name);"
);
