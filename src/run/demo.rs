//! demo: the whole route on a disposable server, with the reference platform.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::Config;
use crate::db::{Cancel, ConnSpec, DbError, Env, LockOutcome, LockedSession};
use crate::disposable::{self, Kept, Server};
use crate::platform;

use super::{Context, Error, Event, MigrateOptions, Outcome, migrate};

/// What a person may choose for the demo.
#[derive(Debug, Clone)]
pub struct DemoOptions {
    /// Size of the platform: 1 is a firm with 130 client groups, 1000 has 5 million valuations.
    pub scale: u32,
    /// How the server is made.
    pub server: disposable::Options,
    /// A folder for the phases and rules that run; the caller takes it away afterwards.
    pub scratch: PathBuf,
    /// The surroundings: what the driver takes from them by itself must be part of the settings, or it is refused.
    pub env: Env,
    /// A snapshot after every phase.
    pub each_phase: bool,
    /// Leave the server running to look around.
    pub keep: bool,
}

/// Name of the demo's database.
const DATABASE: &str = "portal";

/// Makes a server, fills it with the reference platform before its Phase 2, and migrates it with its own five phases
/// and rules. The server is gone afterwards, unless it is to be kept.
///
/// # Errors
/// [`Error`] where no server can be had, or the migration could not go on.
pub async fn demo(context: &Context<'_>, options: &DemoOptions) -> Result<(Outcome, Option<Kept>), Error> {
    let platform = Platform::start(context, options).await?;
    let config = platform.config(context.config);
    let inner = Context { config: &config, spec: platform.spec.clone(), ..context.clone() };
    let options_of_run =
        MigrateOptions { command: Some("demo".into()), each_phase: options.each_phase, ..MigrateOptions::default() };
    let outcome = migrate(&inner, &options_of_run).await?;
    let url = platform.server.url(DATABASE);
    let kept = if options.keep { Some(Kept { url, ..platform.server.keep()? }) } else { None };
    Ok((outcome, kept))
}

/// The reference platform on a server of its own, with its phases and rules in a folder.
pub(super) struct Platform {
    server: Server,
    pub(super) spec: ConnSpec,
    migrations: PathBuf,
    rules: PathBuf,
}

impl Platform {
    /// Makes the server and fills it, as it is before its Phase 2.
    pub(super) async fn start(context: &Context<'_>, options: &DemoOptions) -> Result<Platform, Error> {
        let step = |text: &str| (context.events)(Event::Step(text.to_owned()));
        step("disposable server");
        let server_options = options.server.clone();
        let started = tokio::task::spawn_blocking(move || Server::start(&server_options)).await;
        let server = started.map_err(|error| broken(&error.to_string()))??;
        step("reference platform");
        let spec = fill(&server, options).await?;
        let migrations = write_all(&options.scratch.join("migrations"), platform::PHASES)?;
        let rules = write_all(&options.scratch.join("integrity_rules"), platform::RULES)?;
        Ok(Platform { server, spec, migrations, rules })
    }

    /// The configuration with the platform's own phases and rules.
    pub(super) fn config(&self, config: &Config) -> Config {
        Config { source: None, migrations: self.migrations.clone(), rules: self.rules.clone(), ..config.clone() }
    }
}

/// Creates the platform's database and fills it.
async fn fill(server: &Server, options: &DemoOptions) -> Result<ConnSpec, Error> {
    let (admin, _) = ConnSpec::resolve(Some(&server.url("postgres")), &options.env)?;
    run(&admin, format!("CREATE DATABASE {DATABASE}")).await?;
    let spec = admin.with_database(DATABASE);
    let data = format!("SET platform.scale = '{}';\n{}", options.scale, platform::DATA);
    for sql in [platform::SCHEMA.to_owned(), data, platform::FINISH.to_owned()] {
        run(&spec, sql).await?;
    }
    Ok(spec)
}

async fn run(spec: &ConnSpec, sql: String) -> Result<(), DbError> {
    let outcome = LockedSession::acquire(spec, 0, Duration::from_secs(10), Cancel::never()).await?;
    let LockOutcome::Held(mut session) = outcome else {
        return Err(DbError::Answer { reason: "somebody else is at work on the disposable server".into() });
    };
    let outcome = session.run_discarding(sql).await;
    session.close().await;
    outcome.map(|_| ()).map_err(|failed| failed.error)
}

fn write_all(folder: &Path, files: &[(&str, &str)]) -> Result<PathBuf, Error> {
    for (name, text) in files {
        let path = folder.join(name);
        let fail = |error: std::io::Error| Error::File { path: path.clone(), problem: error.to_string() };
        std::fs::create_dir_all(folder).map_err(fail)?;
        std::fs::write(&path, text).map_err(fail)?;
    }
    Ok(folder.to_owned())
}

fn broken(reason: &str) -> Error {
    Error::Db(DbError::Answer { reason: format!("starting the disposable server broke off: {reason}") })
}
