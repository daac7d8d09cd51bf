//! What all rules and gates say of a database of the campaign.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::campaign::checks::Said;
use crate::db::{Catalog, ConnSpec, Env, LockedSession, SharedSnapshot, quote_literal};
use crate::evidence::Evidence;
use crate::gates::declared::{self, GateSet, Platform};
use crate::gates::{self, GateContext, GatesConfig};
use crate::rules::{self, RunOptions};
use crate::verdict::{Moment, Stage};

use super::super::super::Error;
use super::super::ground::open;
use super::{APPLICATION, Ground, MIGRATOR, answer};

/// Sessions that measure.
const JOBS: usize = 2;
/// So long a session that was closed may take to be gone.
const LEAVING: Duration = Duration::from_secs(30);

impl Ground<'_> {
    /// What all of them say.
    pub(super) async fn look(&self, database: &str) -> Result<BTreeMap<String, Said>, Error> {
        let spec = self.host.spec(database);
        let context = GateContext::default();
        let shared = SharedSnapshot::open(&spec, self.options.cancel.clone()).await?;
        let mut session = shared.session().await?;
        let catalog = Catalog::read(&mut session).await?;
        session.close().await;
        let resolution = rules::resolve(&self.rules, &catalog, Moment::After);
        let mut facts = resolution.not_evaluated;
        facts.extend(rules::run(&resolution.rules, &shared, JOBS, &RunOptions::default()).await);
        facts.extend(gates::run(&GatesConfig::default(), Moment::After, &shared, &context).await);
        shared.close().await;
        let mut watch = open(&self.host.admin).await?;
        let more = async {
            facts.extend(self.rights(&spec, &mut watch).await?);
            facts.extend(self.declared(&spec, &mut watch).await?);
            Ok(Said::all(&facts))
        };
        let said = more.await;
        watch.close().await;
        said
    }

    /// The gate on rights is about who asks.
    async fn rights(&self, spec: &ConnSpec, watch: &mut LockedSession) -> Result<Vec<Evidence>, Error> {
        empty(&spec.database, watch).await?;
        let spec = ConnSpec { user: MIGRATOR.to_owned(), ..spec.clone() };
        let shared = SharedSnapshot::open(&spec, self.options.cancel.clone()).await?;
        let mut facts = gates::run(&GatesConfig::default(), Moment::Before, &shared, &GateContext::default()).await;
        shared.close().await;
        facts.retain(|fact| fact.check == "privileges");
        Ok(facts)
    }

    /// The declared gates, as the application asks. Each is alone in the database: one counts who is there.
    async fn declared(&self, spec: &ConnSpec, watch: &mut LockedSession) -> Result<Vec<Evidence>, Error> {
        let platform = Platform {
            spec: ConnSpec { user: APPLICATION.to_owned(), ..spec.clone() },
            cancel: self.options.cancel.clone(),
            env: Env::default(),
            folder: self.shelf.path().to_owned(),
            search_path: vec!["public".to_owned()],
            timeout_ms: 60_000,
            memory: None,
            declarations: std::collections::BTreeMap::new(),
        };
        let mut facts = Vec::new();
        for gate in &self.gates.gates {
            empty(&spec.database, watch).await?;
            let mut alone = self.gates.clone();
            alone.gates.retain(|one| one.id == gate.id);
            let stage = gate.stages.first().copied().unwrap_or(Stage::Acceptance);
            facts.extend(declared::run(&alone, stage, &platform).await);
        }
        Ok(facts)
    }
}

/// Waits until the last session that was closed has left.
async fn empty(database: &str, watch: &mut LockedSession) -> Result<(), Error> {
    let count = format!(
        "SELECT pg_catalog.count(*) AS n FROM pg_catalog.pg_stat_activity WHERE datname = {}",
        quote_literal(database)
    );
    let start = Instant::now();
    loop {
        let batch = watch.run(count.as_str()).await.map_err(|failed| failed.error)?;
        match batch.rows.first().map_or(Ok(0), |row| row.parse::<u64>("n"))? {
            0 => return Ok(()),
            left if start.elapsed() > LEAVING => {
                return Err(answer(format!("{left} sessions do not leave {database}")));
            }
            _ => tokio::time::sleep(Duration::from_millis(2)).await,
        }
    }
}

/// The declared gates that a defect is there for: those of the files, and of the campaign's own.
pub(super) fn gates_of(files: &[(&str, &str)], named: impl Fn(&str) -> bool) -> Result<GateSet, Error> {
    let mut set = declared::load_embedded(files)?;
    set.gates.retain(|gate| named(&gate.id));
    Ok(set)
}
