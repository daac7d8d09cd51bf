//! The reference platform: a wealth-management portal in its state before its Phase 2, the five phases of that
//! migration and its integrity rules, all inside the binary. `phasegate demo` and the tests run on exactly these
//! bytes, so they are example, test and documentation at once.
//!
//! To build the platform in an empty database of encoding UTF8, run [`SCHEMA`], then `SET platform.scale = '1'` and
//! [`DATA`] in the same session, then [`FINISH`]. Each is plain SQL without psql's own commands and may be sent as one
//! multi-statement query. The rows depend on the scale alone: the same on every machine and server version.

/// Types, functions and tables with their primary keys and checks; no rows.
pub const SCHEMA: &str = include_str!("schema.sql");

/// Fills the tables of [`SCHEMA`]. Needs the setting `platform.scale`, a positive integer: 1 makes 130 client groups
/// and 5,000 valuations, 1000 makes 5 million valuations, and what lies between grows in proportion.
pub const DATA: &str = include_str!("data.sql");

/// Unique keys, indexes, validated foreign keys, enabled triggers, views, the materialized view, and statistics.
pub const FINISH: &str = include_str!("finish.sql");

/// The phases of the reference migration, as `(file name, text)` in the order in which they run.
pub const PHASES: &[(&str, &str)] = &[
    ("01_schema_updates.sql", include_str!("../../migrations/01_schema_updates.sql")),
    ("02_new_tables.sql", include_str!("../../migrations/02_new_tables.sql")),
    ("03_data_migrations.sql", include_str!("../../migrations/03_data_migrations.sql")),
    ("04_index_updates.sql", include_str!("../../migrations/04_index_updates.sql")),
    ("05_constraint_validation.sql", include_str!("../../migrations/05_constraint_validation.sql")),
];

/// The integrity rules, gates, loads and metrics of the reference platform, as `(file name, text)` in the order of their names. The rules
/// hold at every scale, before and after the phases unless a rule says otherwise. The gates belong to stages at which the
/// platform's services are there: none is measured by a migration.
pub const RULES: &[(&str, &str)] = &[
    ("acceptance.toml", include_str!("../../integrity_rules/acceptance.toml")),
    ("audit_triggers_are_enabled.sql", include_str!("../../integrity_rules/audit_triggers_are_enabled.sql")),
    ("baseline.toml", include_str!("../../integrity_rules/baseline.toml")),
    ("health.toml", include_str!("../../integrity_rules/health.toml")),
    (
        "holding_value_is_units_times_price.sql",
        include_str!("../../integrity_rules/holding_value_is_units_times_price.sql"),
    ),
    ("identity.toml", include_str!("../../integrity_rules/identity.toml")),
    ("ledger.toml", include_str!("../../integrity_rules/ledger.toml")),
    ("load.toml", include_str!("../../integrity_rules/load.toml")),
    ("migration.toml", include_str!("../../integrity_rules/migration.toml")),
    ("monitoring.toml", include_str!("../../integrity_rules/monitoring.toml")),
    (
        "national_insurance_number_is_no_text.sql",
        include_str!("../../integrity_rules/national_insurance_number_is_no_text.sql"),
    ),
    ("people.toml", include_str!("../../integrity_rules/people.toml")),
    ("portfolios.toml", include_str!("../../integrity_rules/portfolios.toml")),
    ("preflight.toml", include_str!("../../integrity_rules/preflight.toml")),
    ("shares_of_a_product_add_up.sql", include_str!("../../integrity_rules/shares_of_a_product_add_up.sql")),
    ("transaction_sign_follows_type.sql", include_str!("../../integrity_rules/transaction_sign_follows_type.sql")),
    ("views_are_there_and_filled.sql", include_str!("../../integrity_rules/views_are_there_and_filled.sql")),
];

#[cfg(test)]
mod tests {
    use super::{PHASES, RULES};
    use std::path::Path;

    /// A file that is added to the folder but not to the table would be missing from the demo, silently.
    fn assert_holds_every_file(table: &[(&str, &str)], folder: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut on_disk: Vec<String> = std::fs::read_dir(&folder)
            .expect("the folder can be listed")
            .map(|entry| entry.expect("an entry can be read").file_name().into_string().expect("a UTF-8 name"))
            .collect();
        on_disk.sort();
        let embedded: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
        assert_eq!(on_disk, embedded, "{}", folder.display());
        for (name, text) in table {
            let bytes = std::fs::read_to_string(folder.join(name)).expect("the file can be read");
            assert!(bytes == *text, "{name} is embedded under another file's name");
        }
    }

    #[test]
    fn every_phase_on_disk_is_embedded() {
        assert_holds_every_file(PHASES, "migrations");
    }

    #[test]
    fn every_rule_file_on_disk_is_embedded() {
        assert_holds_every_file(RULES, "integrity_rules");
    }
}
