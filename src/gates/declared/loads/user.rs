//! One user: gets in, asks, thinks, asks again, until the step is over.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::super::http::{Base, Client, Known};
use super::super::kind::Unmeasured;
use super::declared::Load;
use super::step::Counts;
use crate::db::Cancel;

/// After a failure nobody asks again at once, or a service that is down would be asked as fast as it can refuse.
const AFTER_FAILURE: Duration = Duration::from_millis(100);

/// A user, with a session of its own.
pub(super) struct User {
    /// Which of the step's users, from 1.
    pub(super) number: usize,
    pub(super) load: Arc<Load>,
    /// Where the service is.
    pub(super) base: Base,
    pub(super) client: Client,
    pub(super) known: Known,
    pub(super) counts: Counts,
    pub(super) until: Instant,
    pub(super) cancel: Cancel,
}

/// Which requests.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Setup,
    Requests,
}

impl User {
    /// Until the step is over. Who does not get in tries again.
    ///
    /// # Errors
    /// A request that can never be sent: a name in it stands for nothing.
    pub(super) async fn visit(mut self, wait: Duration) -> Result<(), Unmeasured> {
        self.pause(wait).await;
        while self.goes_on() && !self.way(Part::Setup).await? {}
        while self.goes_on() {
            self.way(Part::Requests).await?;
        }
        Ok(())
    }

    /// One way through the requests of a part, to its end or to that of the step; whether none of them failed.
    async fn way(&mut self, part: Part) -> Result<bool, Unmeasured> {
        let (mut total, mut is_whole) = (Duration::ZERO, true);
        for index in 0..self.length(part) {
            if !self.goes_on() {
                return Ok(false);
            }
            match self.ask(part, index, is_whole).await? {
                Some(took) => {
                    total += took;
                    self.pause(self.load.think).await;
                }
                None if part == Part::Setup => {
                    // What follows needs who got in.
                    self.pause(self.load.think.max(AFTER_FAILURE)).await;
                    return Ok(false);
                }
                None => {
                    is_whole = false;
                    self.pause(self.load.think.max(AFTER_FAILURE)).await;
                }
            }
        }
        if is_whole && part == Part::Requests {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            counts.ways.add(total);
            counts.got_through.insert(self.number);
        }
        Ok(is_whole)
    }

    /// Asks once and counts what came of it; the time, where the answer was right.
    async fn ask(&mut self, part: Part, index: usize, nothing_failed: bool) -> Result<Option<Duration>, Unmeasured> {
        let load = self.load.clone();
        let request = match part {
            Part::Setup => &load.setup[index],
            Part::Requests => &load.requests[index],
        };
        let sent = match request.sent(&self.base.sent, &self.known) {
            Ok(sent) => sent,
            Err(reason) if nothing_failed => return Err(reason),
            // What it needs was in an answer that did not come.
            Err(_) => return Ok(None),
        };
        let answer = tokio::select! {
            answer = self.client.send(sent) => answer,
            () = self.cancel.cancelled() => return Ok(None),
        };
        let (took, wrong) = match answer {
            Ok(answer) => {
                let mut wrong = request.wrong(&answer);
                if wrong.is_empty() {
                    wrong = request.remember_all(&answer, &mut self.known);
                }
                let wrong = (!wrong.is_empty()).then(|| format!("status {}: {}", answer.status, wrong.join("; ")));
                (Some(answer.took), wrong)
            }
            Err(none) => {
                let reason = none.reason.replace(&self.base.sent, &self.base.shown);
                (None, Some(format!("no answer: {reason}")))
            }
        };
        let right = if wrong.is_none() { took } else { None };
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = match part {
            Part::Setup => &mut counts.setup[index],
            Part::Requests => &mut counts.requests[index],
        };
        asked.count(took, wrong);
        Ok(right)
    }

    fn length(&self, part: Part) -> usize {
        match part {
            Part::Setup => self.load.setup.len(),
            Part::Requests => self.load.requests.len(),
        }
    }

    fn goes_on(&self) -> bool {
        Instant::now() < self.until && !self.cancel.is_cancelled()
    }

    /// Waits, but not beyond the end of the step.
    async fn pause(&self, time: Duration) {
        let time = time.min(self.until.saturating_duration_since(Instant::now()));
        if time.is_zero() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.cancel.cancelled() => {}
        }
    }
}
