//! What stood in the rows that differ and what stands in them, where databases are at hand that hold the two states.

use crate::config::Config;
use crate::db::{Cancel, ConnSpec, DbError, Session};
use crate::evidence::{Evidence, Redaction, Topic};
use crate::phase::ObjectKind;
use crate::snapshot::{self, NamedRows, NotShown, Snapshot, State};
use crate::verdict::Verdict;

/// The databases in which the values of differing rows are looked up.
#[derive(Debug, Clone, Default)]
pub struct Lookup {
    /// One in the state before: a restored backup, the database that was migrated from.
    pub old: Option<ConnSpec>,
    /// One in the state after.
    pub new: Option<ConnSpec>,
}

impl Lookup {
    /// The old values from this database, where one is given; the new ones then from the database itself.
    pub(super) fn of(old: Option<&ConnSpec>, itself: &ConnSpec) -> Lookup {
        Lookup { old: old.cloned(), new: old.map(|_| itself.clone()) }
    }

    /// Puts the values into the samples of what differs, and adds what could not be read to the facts. No verdict of a
    /// finding changes, whatever becomes of it.
    pub(super) async fn show(
        &self,
        config: &Config,
        (before, after): (&Snapshot, &Snapshot),
        named: &[NamedRows],
        facts: &mut Vec<Evidence>,
        cancel: &Cancel,
    ) {
        if named.is_empty() {
            return;
        }
        let misspelt = unknown_columns(&config.measure.redact, before, after);
        for (state, spec, snapshot) in [(State::Old, &self.old, before), (State::New, &self.new, after)] {
            let Some(spec) = spec else { continue };
            let not_shown = if misspelt.is_empty() {
                let timeout = config.measure.statement_timeout_ms;
                read(spec, timeout, cancel, state, snapshot, named, facts)
                    .await
                    .unwrap_or_else(|error| vec![NotShown { table: None, reason: error.to_string() }])
            } else {
                vec![NotShown { table: None, reason: misspelt.join("; ") }]
            };
            facts.extend(not_shown.iter().map(|gap| fact(state, snapshot, gap)));
        }
        for sample in facts.iter_mut().flat_map(|fact| &mut fact.samples) {
            sample.values.iter_mut().for_each(crate::evidence::OldNew::cut);
        }
    }
}

async fn read(
    spec: &ConnSpec,
    timeout_ms: u64,
    cancel: &Cancel,
    state: State,
    snapshot: &Snapshot,
    named: &[NamedRows],
    facts: &mut [Evidence],
) -> Result<Vec<NotShown>, DbError> {
    let mut session = Session::connect_cancellable(spec, cancel.clone()).await?;
    if timeout_ms > 0 {
        session.set_timeouts(timeout_ms, timeout_ms).await?;
    }
    let read = snapshot::show_values(&mut session, state, snapshot, named, facts).await;
    session.close().await;
    read
}

/// What of the values was not read: the comparison stands without them, so this weighs nothing beside its findings.
fn fact(state: State, snapshot: &Snapshot, gap: &NotShown) -> Evidence {
    let subject = gap.table.as_ref().map_or(String::new(), |table| format!(": {table}"));
    Evidence::new(Topic::Difference, "values_not_shown", format!("{}{subject}", state.database()), Verdict::Warn)
        .expected("a database in the state that the snapshot saw, to show the values of the rows that differ")
        .measured(format!("not shown: {}; the comparison stands without them", gap.reason))
        .remedy(format!("name a database as it was when the snapshot of {} was taken", snapshot.database))
}

/// What is wrong with the columns that are not to be shown: such a one as neither snapshot has is a slip, and its values
/// would be shown.
pub(super) fn unknown_columns(redact: &Redaction, before: &Snapshot, after: &Snapshot) -> Vec<String> {
    let both = || [before, after].into_iter();
    let objects = both().flat_map(|snapshot| &snapshot.schema.objects);
    let columns = objects.filter(|object| object.kind == ObjectKind::Column);
    let named = columns.filter_map(|object| object.name.rsplit_once('.'));
    let read = both().flat_map(|snapshot| &snapshot.tables);
    let read = read.flat_map(|table| table.columns.iter().map(|column| (table.name.as_str(), column.name.as_str())));
    redact.problems(named.chain(read))
}
