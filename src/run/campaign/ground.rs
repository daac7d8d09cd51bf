//! The servers and the untouched database that everything is held against.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use crate::campaign::{COLLATION, Families, Picture, TYPES, Zoo};
use crate::db::{Cancel, Catalog, ConnSpec, DbError, Env, LockOutcome, LockedSession, Session, Table, TableKind};
use crate::disposable::{self, Server};
use crate::platform;
use crate::snapshot::Snapshot;

use super::super::Error;
use super::CampaignOptions;
use super::look::{self, Taken};

/// The untouched database.
pub(super) const CLEAN: &str = "campaign_clean";
/// The one that something is done to.
pub(super) const COPY: &str = "campaign_copy";
/// The clock of the platform, so that every database is filled alike.
const CLOCK: &str = "SET platform.now = '2025-01-06 00:00:00+00'; SET timezone = 'UTC';";

/// A server of the campaign's own.
pub(super) struct Host {
    pub(super) server: Server,
    pub(super) admin: ConnSpec,
    /// `15.13 (Debian …)`.
    pub(super) version: String,
}

/// A table with all that is known of it.
pub(super) struct Known {
    pub(super) table: Table,
    pub(super) unique: Vec<String>,
    pub(super) index: Option<String>,
    pub(super) picture: Picture,
}

/// What a campaign stands on.
pub(super) struct Ground {
    pub(super) options: CampaignOptions,
    pub(super) servers: Vec<Host>,
    pub(super) families: Families,
    pub(super) zoo: Zoo,
    /// The tables that defects are planted in: all but partitions.
    pub(super) tables: Vec<Known>,
    pub(super) clean: Snapshot,
    pub(super) clean_at: PathBuf,
    pub(super) types: usize,
    pub(super) values: usize,
    pub(super) left_out: Vec<String>,
}

impl Ground {
    pub(super) async fn make(options: &CampaignOptions) -> Result<Ground, Error> {
        let families = Families::read().map_err(|reason| Error::Db(DbError::Answer { reason }))?;
        let mut servers = vec![Host::start(&options.server, &options.env).await?];
        if let Some(other) = &options.other {
            servers.push(Host::start(other, &options.env).await?);
        }
        let mut read: Option<BTreeSet<usize>> = None;
        for host in &servers {
            host.create(CLEAN, "").await?;
            let own = types(&host.spec(CLEAN), &families).await?;
            // What one of the servers does not know cannot be compared.
            read = Some(read.map_or(own.clone(), |all| &all & &own));
        }
        let zoo = Zoo::new(&families, &read.unwrap_or_default());
        for host in &servers {
            fill(&host.spec(CLEAN), &zoo, options.scale).await?;
        }
        let clean_spec = servers[0].spec(CLEAN);
        let clean_at = options.scratch.join("clean");
        let Taken { snapshot: clean, .. } = look::take(&clean_spec, &clean_at, &options.snapshot).await?;
        let tables = known(&clean_spec).await?;
        let (types, values, left_out) = (zoo.types(), zoo.values(), zoo.left_out.clone());
        Ok(Ground {
            options: options.clone(),
            servers,
            families,
            zoo,
            tables,
            clean,
            clean_at,
            types,
            values,
            left_out,
        })
    }

    /// The tables by name, and whether they have a key.
    pub(super) fn names(&self) -> BTreeMap<String, bool> {
        self.tables.iter().map(|known| (known.table.full_name(), known.table.key.is_some())).collect()
    }

    /// Stops here when told to.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.options.cancel.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
    }
}

impl Host {
    pub(super) async fn start(options: &disposable::Options, env: &Env) -> Result<Host, Error> {
        let mut options = options.clone();
        // A worker of autovacuum would stand in the way of copying a database.
        options.settings.push(("autovacuum".into(), "off".into()));
        let started = tokio::task::spawn_blocking(move || Server::start(&options)).await;
        let server = started.map_err(|error| DbError::Answer { reason: format!("starting the server: {error}") })??;
        let (admin, _) = ConnSpec::resolve(Some(&server.url("postgres")), env)?;
        let mut session = Session::connect(&admin).await?;
        let version =
            session.one("SELECT current_setting('server_version') AS version").await?.text("version")?.to_owned();
        session.close().await;
        Ok(Host { server, admin, version })
    }

    pub(super) fn spec(&self, database: &str) -> ConnSpec {
        self.admin.with_database(database)
    }

    /// Makes the database, in place of one of that name. `like` follows its name in the statement.
    pub(super) async fn create(&self, database: &str, like: &str) -> Result<(), DbError> {
        let drop = format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)");
        write(&self.admin, &[drop, format!("CREATE DATABASE {database} {like}")]).await
    }
}

/// Runs statements one by one, each a transaction of its own.
pub(super) async fn write(spec: &ConnSpec, statements: &[String]) -> Result<(), DbError> {
    let mut session = open(spec).await?;
    let mut outcome = Ok(());
    for statement in statements {
        outcome = session.run_discarding(statement).await.map(|_| ()).map_err(|failed| failed.error);
        if outcome.is_err() {
            break;
        }
    }
    session.close().await;
    outcome
}

/// A session that may write.
pub(super) async fn open(spec: &ConnSpec) -> Result<Box<LockedSession>, DbError> {
    match LockedSession::acquire(spec, 0, Duration::from_secs(10), Cancel::never()).await? {
        LockOutcome::Held(session) => Ok(session),
        LockOutcome::Refused(_) => {
            Err(DbError::Answer { reason: "somebody else is at work on the disposable server".into() })
        }
    }
}

/// Makes the types, with those of extensions that are at hand, and asks which values the server reads.
async fn types(spec: &ConnSpec, families: &Families) -> Result<BTreeSet<usize>, Error> {
    make_types(spec, families).await?;
    let probe = families.probe().map_err(DbError::from)?;
    let mut session = open(spec).await?;
    let read = session.run(probe).await.map_err(|failed| failed.error);
    session.close().await;
    Ok(read?.rows.iter().map(|row| row.parse("number")).collect::<Result<_, _>>()?)
}

pub(super) async fn make_types(spec: &ConnSpec, families: &Families) -> Result<(), DbError> {
    write(spec, &[TYPES.to_owned()]).await?;
    let extensions = families.extensions().map(|name| format!("CREATE EXTENSION {name} SCHEMA zoo"));
    for statement in extensions.chain([COLLATION.to_owned()]) {
        match write(spec, &[statement]).await {
            // It is not at hand: what needs it is left out, and said to be.
            Ok(()) | Err(DbError::Server(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Fills a database that has the types: the platform and the tables of all types, always alike.
pub(super) async fn fill(spec: &ConnSpec, zoo: &Zoo, scale: u32) -> Result<(), DbError> {
    let mut statements = platform_of(scale);
    statements.extend(zoo.statements(scale));
    statements.push("ANALYZE".to_owned());
    write(spec, &statements).await
}

/// What makes the platform of this size, always alike.
pub(super) fn platform_of(scale: u32) -> Vec<String> {
    vec![
        platform::SCHEMA.to_owned(),
        format!("{CLOCK} SET platform.scale = '{scale}';\n{}", platform::DATA),
        platform::FINISH.to_owned(),
        CLOCK.to_owned(),
    ]
}

/// Reads the tables with all their rows.
async fn known(spec: &ConnSpec) -> Result<Vec<Known>, DbError> {
    let mut session = Session::connect(spec).await?;
    let catalog = Catalog::read(&mut session).await?;
    let mut unique = BTreeMap::new();
    for row in session.rows(include_str!("unique.sql")).await? {
        let columns: Vec<String> = serde_json::from_str(row.text("columns")?)
            .map_err(|error| DbError::Answer { reason: format!("unique columns: {error}") })?;
        unique.insert(row.parse::<u32>("oid")?, (columns, row.get("primary_index")?.map(str::to_owned)));
    }
    let mut tables = Vec::new();
    for table in catalog.tables.into_iter().filter(|table| !table.is_partition) {
        if !matches!(table.kind, TableKind::Table | TableKind::Partitioned) {
            continue;
        }
        let picture = picture(&mut session, &table).await?;
        let (unique, index) = unique.remove(&table.oid).unwrap_or_default();
        tables.push(Known { table, unique, index, picture });
    }
    session.close().await;
    Ok(tables)
}

/// All rows of a table as they are now.
pub(super) async fn picture(session: &mut Session, table: &Table) -> Result<Picture, DbError> {
    Ok(Picture::new(table, &session.rows(Picture::sql(table)?).await?))
}
