//! From file and command line to one resolved configuration.

use std::path::{Path, PathBuf};

use toml::de::DeTable;

use crate::declaration::{Complaints, Source, file_fits};
use crate::evidence::Redaction;
use crate::migration_log::MigrationLog;
use crate::snapshot::{DigestKind, Equality, ExcludedColumn, NO_REASON};

use super::file::{File, Measure};
use super::written::CONFIG;
use super::{Config, ConfigError, ExecuteConfig, FILE_NAME, MeasureConfig};

/// What was typed; each overrides what stands in the file.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// The configuration file; else `phasegate.toml`, if there is one.
    pub config: Option<PathBuf>,
    /// Where to connect.
    pub database: Option<String>,
    /// Folder of the phases.
    pub migrations: Option<PathBuf>,
    /// Folder of the integrity rules.
    pub rules: Option<PathBuf>,
    /// Folder of runs and their snapshots.
    pub snapshots: Option<PathBuf>,
    /// Sessions that measure at the same time.
    pub jobs: Option<usize>,
    /// When two values are one for the digests.
    pub equality: Option<Equality>,
    /// How the digests are made.
    pub digest: Option<DigestKind>,
    /// Only these tables; empty: all.
    pub tables: Vec<String>,
    /// Tables that are not looked at, besides those of the file.
    pub exclude: Vec<String>,
    /// Columns that are not looked at, besides those of the file.
    pub exclude_columns: Vec<String>,
    /// Columns whose values are not shown, besides those of the file.
    pub redact: Vec<String>,
    /// How old a snapshot may grow.
    pub max_snapshot_age: Option<std::time::Duration>,
    /// A file of expected changes.
    pub expect: Option<PathBuf>,
}

/// Reads the configuration and puts what was typed over it. Folders in the file are relative to the file.
///
/// # Errors
/// [`ConfigError`] with file, line and column; a file that was named and is not there is an error, a missing
/// `phasegate.toml` is not.
pub fn load(overrides: &Overrides) -> Result<Config, ConfigError> {
    let named = overrides.config.clone();
    let path = named.clone().unwrap_or_else(|| PathBuf::from(FILE_NAME));
    let (file, source) = match std::fs::read_to_string(&path) {
        Ok(text) => {
            let file = read(Source { name: path.display().to_string(), text })?;
            (file, Some(path))
        }
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => (File::default(), None),
        Err(source) => return Err(ConfigError::Read { path, source }),
    };
    Ok(resolve(file, source, overrides))
}

/// Everything that is wrong with the file is told at once.
fn read(source: Source) -> Result<File, ConfigError> {
    let mut complaints = Complaints::default();
    let mut told = |error: &toml::de::Error| {
        let message = error.message().split('\n').map(str::trim).filter(|line| !line.is_empty());
        (error.span().unwrap_or(0..0), message.collect::<Vec<_>>().join("; "))
    };
    let (document, errors) = DeTable::parse_recoverable(&source.text);
    complaints.0.extend(errors.iter().map(&mut told));
    // What follows a syntax error is guesswork; only the errors themselves are reported.
    if complaints.0.is_empty() && file_fits(&document, CONFIG, &mut complaints) {
        match toml::from_str(&source.text) {
            Ok(file) => return Ok(file),
            Err(error) => complaints.0.push(told(&error)),
        }
    }
    complaints.0.sort_by_key(|(span, _)| span.start);
    let problems = complaints.0.into_iter().map(|(span, message)| source.problem(&span, message)).collect();
    Err(ConfigError::Problems { problems })
}

fn resolve(file: File, source: Option<PathBuf>, overrides: &Overrides) -> Config {
    let base = source.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    let folder = |typed: &Option<PathBuf>, written: &Path| typed.clone().unwrap_or_else(|| base.join(written));
    Config {
        database: overrides.database.clone().or(file.database.url),
        migrations: folder(&overrides.migrations, &file.folders.migrations),
        rules: folder(&overrides.rules, &file.folders.rules),
        snapshots: folder(&overrides.snapshots, &file.folders.snapshots),
        log: MigrationLog { schema: file.log.schema, table: file.log.table },
        execute: ExecuteConfig {
            search_path: file.execute.search_path,
            role: file.execute.role,
            lock_timeout_ms: file.execute.lock_timeout,
            statement_timeout_ms: file.execute.statement_timeout,
            lock_retries: file.execute.lock_retries,
        },
        measure: measure(file.measure, base, overrides),
        gates: file.gates,
        source,
    }
}

fn measure(file: Measure, base: &Path, overrides: &Overrides) -> MeasureConfig {
    let typed = |column: &String| ExcludedColumn { column: column.clone(), reason: NO_REASON.to_owned() };
    let written = file.exclude_columns.into_iter().map(ExcludedColumn::from);
    let age = overrides.max_snapshot_age.map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX));
    MeasureConfig {
        jobs: overrides.jobs.unwrap_or(file.jobs).max(1),
        row_fingerprints: file.row_fingerprints,
        buckets: file.buckets,
        each_phase: file.each_phase,
        equality: overrides.equality.unwrap_or(file.equality),
        exclude: file.exclude.into_iter().chain(overrides.exclude.iter().cloned()).collect(),
        tables: (!overrides.tables.is_empty()).then(|| overrides.tables.clone()),
        exclude_columns: written.chain(overrides.exclude_columns.iter().map(typed)).collect(),
        redact: Redaction::new(file.redact.into_iter().chain(overrides.redact.iter().cloned())),
        digest: overrides.digest.unwrap_or(file.digest),
        shared_pass: file.shared_pass,
        max_snapshot_age_ms: age.unwrap_or(file.max_snapshot_age),
        max_active_sessions: file.max_active_sessions,
        statement_timeout_ms: file.statement_timeout,
        gate_timeout_ms: if file.gate_timeout == 0 { u64::from(i32::MAX.unsigned_abs()) } else { file.gate_timeout },
        derive: file.derive,
        expect: overrides.expect.clone().or_else(|| file.expect.map(|path| base.join(path))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_text(text: &str) -> Result<Config, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE_NAME);
        std::fs::write(&path, text).unwrap();
        let overrides = Overrides { config: Some(path.clone()), ..Overrides::default() };
        load(&overrides).map_err(|error| error.to_string().replace(&path.display().to_string(), "F"))
    }

    #[test]
    fn the_template_is_the_default() {
        let config = load_text(super::super::TEMPLATE).unwrap();
        assert_eq!(config.execute.lock_timeout_ms, 5_000);
        assert_eq!(config.log, MigrationLog::default());
        assert!(config.migrations.ends_with("migrations") && config.migrations.is_absolute());
    }

    #[test]
    fn an_unknown_key_is_named_with_its_place_and_what_is_allowed() {
        let error = load_text("[log]\nschema = \"public\"\n  tabel = \"x\"\n").unwrap_err();
        assert!(error.starts_with("F:3:3: unknown parameter `tabel`; did you mean table?"), "{error}");
        assert!(error.ends_with("there are: schema, table"), "{error}");
        let error = load_text("[measure]\nequality = \"loose\"\n").unwrap_err();
        assert!(error.ends_with("`equality` is \"loose\"; there are: representation, value"), "{error}");
        let error = load_text("[measure]\nbuckets = 100\n").unwrap_err();
        assert!(error.contains("F:2:11: `buckets` is 100; it takes 0, 1, 2, 4, 8,"), "{error}");
        let error = load_text("[execute]\nlock_timeout = \"soon\"\n").unwrap_err();
        assert!(error.starts_with("F:2:16: `lock_timeout` is \"soon\"; it takes a time"), "{error}");
        let both = load_text("[log]\ntabel = \"x\"\n[measure]\njobs = \"many\"\n").unwrap_err();
        assert_eq!(both.lines().count(), 2, "{both}");
        assert!(both.contains("F:4:8: `jobs` is a text; it takes a whole number from 0 up"), "{both}");
    }

    #[test]
    fn what_was_typed_wins() {
        let overrides = Overrides { database: Some("typed".into()), jobs: Some(0), ..Overrides::default() };
        let config = resolve(File::default(), None, &overrides);
        assert_eq!(config.database.as_deref(), Some("typed"));
        assert_eq!(config.measure.jobs, 1);
    }

    #[test]
    fn a_file_that_was_named_must_be_there() {
        let overrides = Overrides { config: Some("/no/such/file.toml".into()), ..Overrides::default() };
        assert!(load(&overrides).unwrap_err().to_string().contains("/no/such/file.toml: cannot be read"));
    }
}
