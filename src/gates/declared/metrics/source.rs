//! Where a metric's figures come from.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::super::audit_latency::AuditedWrite;
use super::super::bench::Bench;
use super::super::gate::{accepted_ms, millis};
use super::super::host::cpu_percent;
use super::super::http::{Base, Client, Known, Request, look_over_url};
use super::super::kind::Unmeasured;
use super::super::loads::{Load, measure_slowdown};
use super::super::process::memory_of;
use super::super::spread::Spread;
use super::super::sql_latency;
use super::super::words::one_line;
use super::reading::Reading;
use crate::declaration::{Complaints, Name};

/// Runs before the first that counts: connections are opened, caches filled.
const UNCOUNTED: usize = 2;

/// What is measured.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Source {
    /// How long a request takes.
    Http(Box<Http>),
    /// How long a statement takes.
    Sql(Sql),
    /// How long a trigger takes that writes an audit trail.
    AuditTrail(AuditTrail),
    /// How much memory the processes of a name use together.
    ProcessMemory(ProcessMemory),
    /// How busy the processors of this machine are.
    Cpu(Cpu),
    /// How much slower one user's way gets when the others of a load are there.
    LoadDegradation(LoadDegradation),
}

/// A request, after those that a visitor needs to get in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Http {
    url: Name,
    #[serde(default)]
    setup: Vec<Request>,
    #[serde(default)]
    request: Request,
    ca: Option<PathBuf>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sql {
    sql: Name,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AuditTrail {
    sql: Name,
    trigger: Name,
    into: Name,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProcessMemory {
    name: Name,
    #[serde(default = "often")]
    interval: Name,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cpu {
    #[serde(default = "one_second")]
    window: Name,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LoadDegradation {
    load: Name,
}

fn often() -> Name {
    toml::Spanned::new(0..0, "100ms".to_owned())
}

fn one_second() -> Name {
    toml::Spanned::new(0..0, "1s".to_owned())
}

impl Source {
    pub(super) fn look_over(&self, complaints: &mut Complaints) {
        match self {
            Source::Http(http) => {
                look_over_url(&http.url, complaints);
                for request in http.setup.iter().chain([&http.request]) {
                    request.look_over(complaints);
                    if request.is_kept() {
                        complaints.add(0..0, "same_as_before has no meaning in a metric: there is no before");
                    }
                }
            }
            Source::Sql(Sql { sql }) if sql.get_ref().trim().is_empty() => {
                complaints.add(sql.span(), "the statement is empty");
            }
            Source::AuditTrail(trail) => trail.write().look_over(complaints),
            Source::ProcessMemory(ProcessMemory { interval, .. }) => drop(millis(interval, complaints)),
            Source::Cpu(Cpu { window }) => {
                if millis(window, complaints).is_some_and(|window| window < 250) {
                    complaints.add(window.span(), "the window is at least 250ms: counters of processors are no finer");
                }
            }
            Source::Sql(_) | Source::LoadDegradation(_) => {}
        }
    }

    /// The unit of its figures.
    pub(super) fn unit(&self) -> &'static str {
        match self {
            Source::Http(_) | Source::Sql(_) | Source::AuditTrail(_) => "ms",
            Source::ProcessMemory(_) => "MB",
            Source::Cpu(_) | Source::LoadDegradation(_) => "%",
        }
    }

    /// What stands for nothing at all beside the figure: 5 % slower is 105 of what was 100.
    pub(super) fn whole(&self) -> f64 {
        if matches!(self, Source::LoadDegradation(_)) { 100.0 } else { 0.0 }
    }

    /// What is measured, without secrets: a figure is comparable with those of the same words.
    pub(super) fn words(&self) -> String {
        match self {
            Source::Http(http) => format!("time of {} at {}", http.request.name(), http.url.get_ref()),
            Source::Sql(Sql { sql }) => format!("time of {}", one_line(sql.get_ref())),
            Source::AuditTrail(trail) => format!("time of {}", trail.write().words()),
            Source::ProcessMemory(process) => format!("memory of {}", process.name.get_ref()),
            Source::Cpu(cpu) => format!("processors of this machine over {}", cpu.window.get_ref()),
            Source::LoadDegradation(of) => format!("degradation under load {}", of.load.get_ref()),
        }
    }

    /// Whether its time is bounded by itself: a load lasts as long as it was declared to.
    pub(super) fn ends_by_itself(&self) -> bool {
        matches!(self, Source::LoadDegradation(_))
    }

    /// Measures so often.
    ///
    /// # Errors
    /// Why there is no figure: a wrong answer is fast for the wrong reason.
    pub(super) async fn measure(&self, runs: usize, loads: &[Load], bench: &Bench<'_>) -> Result<Reading, Unmeasured> {
        let values = match self {
            Source::Http(http) => http.times(runs, bench).await?,
            Source::Sql(Sql { sql }) => sql_latency::times(sql.get_ref(), runs, bench).await?,
            Source::AuditTrail(trail) => trail.write().times(runs, bench).await?,
            Source::ProcessMemory(process) => process.sizes(runs).await?,
            Source::Cpu(cpu) => cpu.shares(runs).await?,
            Source::LoadDegradation(of) => {
                let load = loads.iter().find(|load| load.id == *of.load.get_ref());
                let load = load.ok_or_else(|| Unmeasured::new(format!("no load has the id {}", of.load.get_ref())))?;
                let slowdown = measure_slowdown(load, bench.platform).await?;
                return Ok(Reading::new(self.words(), self.unit(), slowdown.spread()));
            }
        };
        let spread = Spread::of(values).ok_or_else(|| Unmeasured::new("it was not measured once"))?;
        Ok(Reading::new(self.words(), self.unit(), spread))
    }
}

impl Http {
    async fn times(&self, runs: usize, bench: &Bench<'_>) -> Result<Vec<f64>, Unmeasured> {
        let mut known = Known::new(bench.platform.env.clone());
        let base = known.base(self.url.get_ref()).map_err(Unmeasured::new)?;
        let authorities = base.authorities(bench.platform, self.ca.as_deref()).await?;
        let client = Client::new(bench.time_left(), authorities.as_ref());
        for request in &self.setup {
            ask(request, &base, &client, &mut known).await?;
        }
        let mut times = Vec::with_capacity(runs);
        for run in 0..runs + UNCOUNTED {
            let took = ask(&self.request, &base, &client, &mut known).await?;
            if run >= UNCOUNTED {
                times.push(took.as_secs_f64() * 1000.0);
            }
        }
        Ok(times)
    }
}

/// How long the right answer to a request took.
async fn ask(request: &Request, base: &Base, client: &Client, known: &mut Known) -> Result<Duration, Unmeasured> {
    let answer = client.send(request.sent(&base.sent, known)?).await;
    let answer = answer.map_err(|none| {
        let reason = none.reason.replace(&base.sent, &base.shown);
        Unmeasured::new(format!("{}: no answer: {reason}", request.name())).remedy(none.remedy)
    })?;
    let mut wrong = request.wrong(&answer);
    if wrong.is_empty() {
        wrong = request.remember_all(&answer, known);
    }
    if wrong.is_empty() {
        return Ok(answer.took);
    }
    Err(Unmeasured::new(format!("{}: status {}: {}", request.name(), answer.status, wrong.join("; ")))
        .remedy("see the service's log for this request"))
}

impl AuditTrail {
    fn write(&self) -> AuditedWrite<'_> {
        AuditedWrite { sql: &self.sql, trigger: &self.trigger, into: &self.into }
    }
}

impl ProcessMemory {
    /// In megabytes, at moments some time apart.
    async fn sizes(&self, runs: usize) -> Result<Vec<f64>, Unmeasured> {
        let interval = Duration::from_millis(accepted_ms(&self.interval));
        let mut sizes = Vec::with_capacity(runs);
        for run in 0..runs {
            if run > 0 {
                tokio::time::sleep(interval).await;
            }
            let bytes = memory_of(self.name.get_ref())?.ok_or_else(|| {
                Unmeasured::new(format!("no process {} runs on this machine", self.name.get_ref()))
                    .remedy("see the service's state and its log")
            })?;
            sizes.push(bytes as f64 / 1e6);
        }
        Ok(sizes)
    }
}

impl Cpu {
    async fn shares(&self, runs: usize) -> Result<Vec<f64>, Unmeasured> {
        let window = Duration::from_millis(accepted_ms(&self.window));
        let mut shares = Vec::with_capacity(runs);
        for _ in 0..runs {
            shares.push(cpu_percent(window).await?);
        }
        Ok(shares)
    }
}
