//! What probes measure with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::db::{Cancel, ConnSpec, DbError, Env, RolledBack, Session, quote_ident};
use crate::declaration::Name;
use crate::digest::Checksum;
use crate::verdict::Stage;

use super::authorities::Authorities;
use super::kind::Unmeasured;

/// How long a probe may go on after a cancel.
const GRACE: Duration = Duration::from_secs(2);

/// The platform, as whoever runs phasegate knows it. The library asks the system for nothing that is not here.
#[derive(Debug, Clone)]
pub struct Platform {
    /// Where the database is.
    pub spec: ConnSpec,
    /// What tells the work to stop.
    pub cancel: Cancel,
    /// The environment variables. Their values are secrets: no probe shows one.
    pub env: Env,
    /// Where relative paths begin: the folder of the configuration.
    pub folder: PathBuf,
    /// Where phases and users' SQL find names without a schema.
    pub search_path: Vec<String>,
    /// How long a gate may take that does not say so itself, in milliseconds.
    pub timeout_ms: u64,
    /// Where gates keep what they saw for a later stage of the same run: response snapshots before and after. `None`
    /// where there is no such place; what needs one is not evaluated then.
    pub memory: Option<PathBuf>,
    /// The checksums of what is declared now, `loads.four_users`.
    pub declarations: BTreeMap<String, Checksum>,
}

impl Platform {
    /// The authorities to trust: those of a file of the configuration, where one is named, else the system's.
    pub(super) async fn authorities(&self, path: Option<&Path>) -> Result<Authorities, Unmeasured> {
        match path {
            Some(path) => Authorities::of_file(&self.folder.join(path), path.display().to_string()).await,
            None => Authorities::of_system().await,
        }
    }
}

/// The bench of one gate at one stage.
pub(super) struct Bench<'a> {
    pub(super) platform: &'a Platform,
    pub(super) stage: Stage,
    /// The gate's id; unique, and safe in a file's name.
    pub(super) gate: &'a str,
    ends: Instant,
}

impl<'a> Bench<'a> {
    pub(super) fn new(platform: &'a Platform, stage: Stage, gate: &'a str, limit: Duration) -> Bench<'a> {
        Bench { platform, stage, gate, ends: Instant::now() + limit }
    }

    /// Measures within the gate's time, and not on where somebody stops the run; `over` says what took too long.
    ///
    /// # Errors
    /// What the probe could not measure, or that it was not let to.
    pub(super) async fn bounded<T>(
        &self,
        measuring: impl Future<Output = Result<T, Unmeasured>>,
        over: impl FnOnce() -> Unmeasured,
    ) -> Result<T, Unmeasured> {
        if self.platform.cancel.is_cancelled() {
            return Err(Unmeasured::new("the run was cancelled before it was measured"));
        }
        tokio::select! {
            biased;
            measured = tokio::time::timeout(self.time_left(), measuring) => measured.unwrap_or_else(|_| Err(over())),
            () = self.stopped() => Err(Unmeasured::new("the run was cancelled while it was measured")),
        }
    }

    /// Some time after a cancel: a session stops its statement on the server and ends by itself, and must have the time to;
    /// nothing else does.
    async fn stopped(&self) {
        self.platform.cancel.cancelled().await;
        tokio::time::sleep(GRACE).await;
    }

    /// How much of its time the gate has left.
    pub(super) fn time_left(&self) -> Duration {
        self.ends.saturating_duration_since(Instant::now())
    }

    /// A path of the configuration, from the folder of the configuration.
    pub(super) fn path(&self, path: &Path) -> PathBuf {
        self.platform.folder.join(path)
    }

    /// The schemas of the platform, as `SET search_path` takes them.
    pub(super) fn search_path(&self) -> String {
        let quoted: Vec<String> = self.platform.search_path.iter().map(|schema| quote_ident(schema)).collect();
        quoted.join(", ")
    }

    /// Where to connect: by the connection string of an environment variable, where one is named, else the database itself.
    ///
    /// # Errors
    /// The variable is not set, or is no connection string.
    pub(super) fn through(&self, variable: Option<&Name>) -> Result<ConnSpec, Unmeasured> {
        let Some(name) = variable.map(Name::get_ref) else { return Ok(self.platform.spec.clone()) };
        let Some(url) = self.platform.env.get(name) else {
            let reason = format!("the variable {name} is not set");
            return Err(Unmeasured::new(reason).remedy("set it to the pooler's connection string"));
        };
        ConnSpec::resolve(Some(url), &self.platform.env)
            .map(|(spec, _)| spec)
            .map_err(|error| Unmeasured::new(format!("{name}: {error}")))
    }

    /// A new session with the database, read-only, that no statement of outlives the gate's time.
    pub(super) async fn session(&self) -> Result<Session, DbError> {
        let mut session = Session::connect_cancellable(&self.platform.spec, self.platform.cancel.clone()).await?;
        let left = u64::try_from(self.time_left().as_millis()).unwrap_or(u64::MAX).max(1);
        session.set_timeouts(left, left).await?;
        Ok(session)
    }

    /// A session that writes and rolls back, of which no statement outlives the gate's time; it waits so long for a lock.
    pub(super) async fn rolled_back(&self, lock_ms: u64) -> Result<RolledBack, DbError> {
        let left = u64::try_from(self.time_left().as_millis()).unwrap_or(u64::MAX).max(1);
        let limits = (left, lock_ms.min(left));
        RolledBack::connect(&self.platform.spec, self.platform.cancel.clone(), &self.search_path(), limits).await
    }
}
