//! Replication: standbys follow, slots do not fill the disk.

use serde::Deserialize;

use super::bench::Bench;
use super::kind::{Finding, Kind, Outcome, Unmeasured};
use crate::db::Row;
use crate::declaration::{Complaints, Parameter, Shape};
use crate::evidence::Sample;

/// Standbys and replication slots of the server.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Replication {
    min_standbys: u64,
    max_lag_mb: Option<u64>,
    max_retained_mb: Option<u64>,
    allow_inactive: bool,
}

impl Kind for Replication {
    const NAME: &'static str = "replication";
    const SUMMARY: &'static str = "standbys follow closely, and no slot keeps what nobody reads";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("min_standbys", Shape::COUNT, "0", "how many standbys stream at least"),
        Parameter::optional(
            "max_lag_mb",
            Shape::COUNT,
            "none",
            "how far behind each may replay, in megabytes (1,000,000 bytes); needs `min_standbys`",
        ),
        Parameter::optional("max_retained_mb", Shape::COUNT, "none", "how much log a slot may keep back, in megabytes"),
        Parameter::optional("allow_inactive", Shape::Flag, "false", "whether a slot may have no reader"),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        if self.max_lag_mb.is_some() && self.min_standbys == 0 {
            complaints.add(0..0, "max_lag_mb needs min_standbys of at least 1: a standby that is gone is not late");
        }
        if self.min_standbys == 0 && self.allow_inactive && self.max_retained_mb.is_none() {
            complaints.add(0..0, "replication demands nothing; nothing would be checked");
        }
    }

    fn subject(&self) -> String {
        "replication".into()
    }

    async fn measure(&self, bench: &Bench<'_>) -> Result<Vec<Finding>, Unmeasured> {
        let mut session = bench.session().await?;
        let rights = session.one(include_str!("replication_rights.sql")).await?;
        if !rights.flag("may_see")? {
            session.close().await;
            return Err(Unmeasured::new("the role may not see how standbys follow").remedy("GRANT pg_monitor to it"));
        }
        let standbys = session.rows(include_str!("replication_standbys.sql")).await?;
        let slots = session.rows(include_str!("replication_slots.sql")).await?;
        session.close().await;
        Ok(vec![self.judge_standbys(&standbys)?, self.judge_slots(&slots)?])
    }
}

impl Replication {
    fn judge_standbys(&self, rows: &[Row]) -> Result<Finding, Unmeasured> {
        let mut late = Vec::new();
        for row in rows {
            let behind: Option<u64> = row.get("behind")?.and_then(|text| text.parse().ok());
            let is_late = match (behind, self.max_lag_mb) {
                (Some(behind), Some(most)) => behind > most * 1_000_000,
                (None, Some(_)) => true,
                (_, None) => false,
            };
            if is_late {
                let value =
                    behind.map_or("it tells no position".into(), |behind| format!("{} MB behind", behind / 1_000_000));
                late.push(Sample::new(row.text("name")?, value));
            }
        }
        let mut count = 0;
        for row in rows {
            count += u64::from(row.flag("streams")?);
        }
        let holds = count >= self.min_standbys && late.is_empty();
        let lag = self.max_lag_mb.map_or(String::new(), |most| format!(", each at most {most} MB behind"));
        let expected = format!("at least {} standbys stream{lag}", self.min_standbys);
        let measured = format!("{count} standbys stream, {} are late", late.len());
        Ok(Finding::new(Outcome::of(holds), expected, measured)
            .about("standbys")
            .samples(late)
            .probe(include_str!("replication_standbys.sql"))
            .remedy("see the standby's log and its network"))
    }

    fn judge_slots(&self, rows: &[Row]) -> Result<Finding, Unmeasured> {
        let mut bad = Vec::new();
        for row in rows {
            let kept: Option<u64> = row.get("kept")?.and_then(|text| text.parse().ok());
            let mut problems = Vec::new();
            if row.flag("lost")? {
                problems.push("what it needs is gone".to_owned());
            }
            if !self.allow_inactive && !row.flag("active")? {
                problems.push("nobody reads it".to_owned());
            }
            match (kept, self.max_retained_mb) {
                (Some(kept), Some(most)) if kept > most * 1_000_000 => {
                    problems.push(format!("it keeps {} MB", kept / 1_000_000));
                }
                (None, Some(_)) if row.flag("reserves")? => problems.push("it does not tell how much it keeps".into()),
                _ => {}
            }
            if !problems.is_empty() {
                bad.push(Sample::new(row.text("name")?, problems.join("; ")));
            }
        }
        let measured = format!("{} of {} slots are not as they should be", bad.len(), rows.len());
        Ok(Finding::new(Outcome::of(bad.is_empty()), "every slot is read and keeps little", measured)
            .about("slots")
            .samples(bad)
            .probe(include_str!("replication_slots.sql"))
            .remedy("start its reader, or SELECT pg_drop_replication_slot(name) where nobody needs it"))
    }
}
