//! Constraints that say something about rows that is not true of them.

super::catalog_scope::catalog_kind!(
    /// Constraints must be validated, enforced, and true of every row.
    ConstraintValidated,
    "constraint_validated",
    "constraints that are not validated or enforced, or that rows violate all the same",
    include_str!("constraint_validated.sql"),
    "constraint",
    "constraints that do not hold",
    reads super::catalog_scope::reads_foreign_keys,
    violated by "EXECUTE pg_catalog.format('ALTER TABLE %s ADD CONSTRAINT phasegate_trial CHECK (true) NOT VALID', item.name);"
);
