//! Defects, one or several, in a copy of their own, and what is made of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::campaign::checks::{Complaint, Defect, Kind, Report, Said, alarms, judge, summed, touched};
use crate::campaign::{Rng, Ruling};
use crate::db::LockedSession;

use super::super::super::Error;
use super::super::ground::{CLEAN, COPY, open, write};
use super::{Ground, answer};

/// So many kinds are drawn for those that are to go together, before fewer will do.
const DRAWN: usize = 30;

/// A defect that is there.
struct Planted<'k> {
    kind: &'k Kind,
    defect: Defect,
}

impl Ground<'_> {
    /// One defect by itself.
    pub(super) async fn plant(&self, kind: &Kind, turn: usize, report: &mut Report) -> Result<(), Error> {
        let mut rng = Rng::of(self.options.seed, &format!("{} {turn}", kind.name));
        let mut writer = self.copy().await?;
        let drawn = draw(kind, &mut writer, &mut rng).await;
        let planted = match drawn {
            Ok(Some(defect)) => self.carry_out(&defect, &mut writer, &mut rng).await.map(|()| Some(defect)),
            other => other,
        };
        writer.close().await;
        let Some(defect) = planted? else {
            if turn == 0 {
                report.left_out.push(kind.name.clone());
            }
            return Ok(());
        };
        self.judge(&[Planted { kind, defect }], report).await
    }

    /// Two or three at once, in different tables and of different rules: each must be found as if it were alone.
    pub(super) async fn plant_together(&self, kinds: &[&Kind], name: &str, report: &mut Report) -> Result<(), Error> {
        let mut rng = Rng::of(self.options.seed, &format!("together {name}"));
        let left = self.options.defects.saturating_sub(report.done);
        let most = (2 + rng.below(2)).min(left);
        let mut writer = self.copy().await?;
        let planted = self.plant_apart(kinds, most, &mut writer, &mut rng).await;
        writer.close().await;
        let planted = planted?;
        if planted.len() < 2 {
            return self.take_back(&planted).await;
        }
        report.together += 1;
        self.judge(&planted, report).await
    }

    async fn plant_apart<'k>(
        &self,
        kinds: &[&'k Kind],
        most: usize,
        writer: &mut LockedSession,
        rng: &mut Rng,
    ) -> Result<Vec<Planted<'k>>, Error> {
        let mut planted: Vec<Planted<'k>> = Vec::new();
        for _ in 0..DRAWN {
            let Some(kind) = rng.pick(kinds).filter(|_| planted.len() < most) else { break };
            if planted.iter().any(|one| one.kind.name == kind.name) {
                continue;
            }
            let Some(defect) = draw(kind, writer, rng).await? else { continue };
            if self.is_apart(&defect, &planted) {
                self.carry_out(&defect, writer, rng).await?;
                planted.push(Planted { kind, defect });
            }
        }
        Ok(planted)
    }

    fn is_apart(&self, defect: &Defect, planted: &[Planted<'_>]) -> bool {
        let own = touched(&defect.sql, &self.tables);
        let is_elsewhere = |one: &Planted<'_>| touched(&one.defect.sql, &self.tables).is_disjoint(&own);
        let complaints = planted.iter().map(|one| &one.defect).chain([defect]).map(|one| one.complaints.as_slice());
        planted.iter().all(is_elsewhere) && summed(complaints, |check| self.is_rule(check)).is_some()
    }

    fn is_rule(&self, check: &str) -> bool {
        self.rules.rules.iter().any(|rule| rule.id == check)
    }

    /// A copy of the untouched database, to be written to.
    async fn copy(&self) -> Result<Box<LockedSession>, Error> {
        self.host.create(COPY, &format!("TEMPLATE {CLEAN}")).await?;
        Ok(open(&self.host.spec(COPY)).await?)
    }

    async fn carry_out(&self, defect: &Defect, writer: &mut LockedSession, rng: &mut Rng) -> Result<(), Error> {
        for statement in &defect.sql {
            writer.run_discarding(statement.as_str()).await.map_err(|failed| failed.error)?;
        }
        let Some(damage) = defect.backup else { return Ok(()) };
        self.shelf.harm(damage, rng).map_err(|error| answer(format!("the campaign's backup: {error}")))
    }

    /// What does not go with the database.
    async fn take_back(&self, planted: &[Planted<'_>]) -> Result<(), Error> {
        for Planted { defect, .. } in planted {
            write(&self.host.admin, &defect.undo).await?;
            if defect.backup.is_some() {
                self.shelf.mend().map_err(|error| answer(format!("the campaign's backup: {error}")))?;
            }
        }
        Ok(())
    }

    async fn judge(&self, planted: &[Planted<'_>], report: &mut Report) -> Result<(), Error> {
        let now = self.look(COPY).await?;
        self.take_back(planted).await?;
        report.done += planted.len();
        for Planted { kind, .. } in planted {
            *report.kinds.entry(kind.name.clone()).or_default() += 1;
        }
        self.score(planted, &now, report);
        Ok(())
    }

    fn score(&self, planted: &[Planted<'_>], now: &BTreeMap<String, Said>, report: &mut Report) {
        let complaints = planted.iter().map(|one| one.defect.complaints.as_slice());
        let wanted = summed(complaints, |check| self.is_rule(check)).unwrap_or_default();
        let names: Vec<&str> = planted.iter().map(|one| one.kind.name.as_str()).collect();
        let sql: Vec<String> = planted.iter().flat_map(|one| one.defect.sql.clone()).collect();
        let (names, sql) = (names.join(" + "), sql.join("; "));
        let mut wrong: BTreeMap<&str, Ruling> = BTreeMap::new();
        for complaint in &wanted {
            let ruling = judge(complaint, &self.before, now);
            let what = match ruling {
                Ruling::Found => continue,
                Ruling::Missed => "missed",
                Ruling::NamedWrongly => "named wrongly",
            };
            wrong.insert(&complaint.check, ruling);
            let mut fault = self.fault(what, &complaint.check, &names, now.get(&complaint.check));
            fault.sql = sql.clone();
            fault.planted = vec![format!("{} violations more: {}", complaint.more, complaint.names.join("; "))];
            report.faults.push(fault);
        }
        for Planted { defect, .. } in planted {
            report.score.count(worst(&defect.complaints, &wrong));
        }
        for check in alarms(&wanted, &self.before, now) {
            report.score.false_alarms += 1;
            let mut fault = self.fault("false alarm", check, &names, now.get(check));
            fault.sql = sql.clone();
            report.faults.push(fault);
        }
    }
}

/// A defect is as well found as by the worst of its checks.
fn worst(complaints: &[Complaint], wrong: &BTreeMap<&str, Ruling>) -> Ruling {
    let of_its: BTreeSet<bool> = (complaints.iter())
        .filter_map(|complaint| wrong.get(complaint.check.as_str()))
        .map(|ruling| *ruling == Ruling::Missed)
        .collect();
    match (of_its.contains(&true), of_its.is_empty()) {
        (true, _) => Ruling::Missed,
        (false, false) => Ruling::NamedWrongly,
        (false, true) => Ruling::Found,
    }
}

/// Draws a row and says what breaks it; `None` where there is none that could be.
async fn draw(kind: &Kind, writer: &mut LockedSession, rng: &mut Rng) -> Result<Option<Defect>, Error> {
    let drawn = writer.run(kind.draw(rng)).await.map_err(|failed| failed.error)?;
    let Some(row) = drawn.rows.first() else { return Ok(None) };
    let values = row.values().iter().map(|value| value.clone().unwrap_or_default());
    kind.defect(row.columns().iter().cloned().zip(values).collect(), rng).map(Some).map_err(answer)
}
