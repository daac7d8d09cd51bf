//! The machine that phasegate runs on: processors, memory, disk.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use sysinfo::{Disks, System};

use super::bench::Bench;
use super::gate::{accepted_ms, millis};
use super::kind::{Finding, Kind, Outcome, Unmeasured};
use crate::declaration::{Complaints, Name, Parameter, Shape};

/// How busy and how full the machine may be, in percent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Host {
    max_cpu_percent: Option<f64>,
    #[serde(default = "window")]
    window: Name,
    max_memory_percent: Option<f64>,
    max_disk_percent: Option<f64>,
    #[serde(default = "here")]
    disk: PathBuf,
    min_free_disk_mb: Option<u64>,
}

fn window() -> Name {
    toml::Spanned::new(0..0, "1s".to_owned())
}

fn here() -> PathBuf {
    ".".into()
}

impl Kind for Host {
    const NAME: &'static str = "host";
    const SUMMARY: &'static str = "the machine has processors, memory and disk to spare";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional(
            "max_cpu_percent",
            Shape::PERCENT,
            "none",
            "how busy all processors together are, below this",
        ),
        Parameter::optional("window", Shape::TIME, "\"1s\"", "over which time that is measured; at least `250ms`"),
        Parameter::optional("max_memory_percent", Shape::PERCENT, "none", "how much memory is in use, below this"),
        Parameter::optional("max_disk_percent", Shape::PERCENT, "none", "how full the disk is, below this"),
        Parameter::optional("disk", Shape::PATH, "\".\"", "a path on that disk; relative to the configuration"),
        Parameter::optional(
            "min_free_disk_mb",
            Shape::COUNT,
            "none",
            "how much of it is free at least, in megabytes (1,000,000 bytes)",
        ),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        let figures = [self.max_cpu_percent, self.max_memory_percent, self.max_disk_percent];
        if figures.iter().all(Option::is_none) && self.min_free_disk_mb.is_none() {
            complaints.add(0..0, "host demands nothing; nothing would be checked");
        }
        if millis(&self.window, complaints).is_some_and(|window| window < 250) {
            complaints.add(self.window.span(), "the window is at least 250ms: counters of processors are no finer");
        }
    }

    fn subject(&self) -> String {
        "this machine".into()
    }

    async fn measure(&self, bench: &Bench<'_>) -> Result<Vec<Finding>, Unmeasured> {
        let mut findings = Vec::new();
        if let Some(limit) = self.max_cpu_percent {
            let measured = cpu_percent(self.window()).await;
            findings.push(measured.map_or_else(|none| open("processors", none), |it| at_most("processors", it, limit)));
        }
        if let Some(limit) = self.max_memory_percent {
            let measured = memory_percent();
            findings.push(measured.map_or_else(|none| open("memory", none), |it| at_most("memory", it, limit)));
        }
        if self.max_disk_percent.is_some() || self.min_free_disk_mb.is_some() {
            let subject = format!("disk of {}", self.disk.display());
            match disk(&bench.path(&self.disk)) {
                Ok(found) => findings.extend(self.of_disk(&subject, found)),
                Err(none) => findings.push(open(&subject, none)),
            }
        }
        Ok(findings)
    }
}

impl Host {
    fn of_disk(&self, subject: &str, (free, total): (u64, u64)) -> Vec<Finding> {
        let used = (total - free) as f64 * 100.0 / total as f64;
        let full = self.max_disk_percent.map(|limit| at_most(subject, used, limit));
        let room = self.min_free_disk_mb.map(|least| {
            let free = free / 1_000_000;
            let outcome = Outcome::of(free >= least);
            let finding = Finding::new(outcome, format!("at least {least} MB free"), format!("{free} MB free"));
            finding.about(subject).remedy("make room on the disk")
        });
        full.into_iter().chain(room).collect()
    }

    fn window(&self) -> Duration {
        Duration::from_millis(accepted_ms(&self.window))
    }
}

fn at_most(subject: &str, percent: f64, limit: f64) -> Finding {
    Finding::new(Outcome::of(percent < limit), format!("below {limit} %"), format!("{percent:.1} %"))
        .about(subject)
        .remedy("see what uses it; a measurement beside other work says little")
}

/// What could not be measured; the rest of the machine is judged all the same.
fn open(subject: &str, none: Unmeasured) -> Finding {
    Finding::new(Outcome::Open, "", format!("not evaluated: {}", none.reason)).about(subject)
}

/// What the system tells of itself.
pub(super) fn system() -> Result<System, Unmeasured> {
    System::new().map_err(silent)
}

fn silent(error: sysinfo::Error) -> Unmeasured {
    Unmeasured::new(format!("the system tells nothing of itself: {error}"))
}

/// How busy the processors are, over a window of time.
pub(super) async fn cpu_percent(window: Duration) -> Result<f64, Unmeasured> {
    let mut system = system()?;
    system.refresh_cpu_usage();
    tokio::time::sleep(window).await;
    system.refresh_cpu_usage();
    if system.cpus().is_empty() {
        return Err(Unmeasured::new("the system does not tell how busy its processors are"));
    }
    Ok(f64::from(system.global_cpu_usage()))
}

/// How much memory is in use; what the system could give back at once counts as free.
pub(super) fn memory_percent() -> Result<f64, Unmeasured> {
    let mut system = system()?;
    system.refresh_memory();
    match system.total_memory() {
        0 => Err(Unmeasured::new("the system does not tell how much memory it has")),
        total => Ok((total - system.available_memory().min(total)) as f64 * 100.0 / total as f64),
    }
}

/// Free and all bytes of the disk that holds a path.
fn disk(path: &std::path::Path) -> Result<(u64, u64), Unmeasured> {
    let path = whole_path(path).map_err(|error| Unmeasured::new(format!("{}: {error}", path.display())))?;
    let disks = Disks::new_with_refreshed_list().map_err(silent)?;
    let holds = |disk: &&sysinfo::Disk| path.starts_with(disk.mount_point()) && disk.total_space() > 0;
    let found = disks.iter().filter(holds).max_by_key(|disk| disk.mount_point().as_os_str().len());
    found
        .map(|disk| (disk.available_space(), disk.total_space()))
        .ok_or_else(|| Unmeasured::new(format!("the system does not tell which disk {} is on", path.display())))
}

/// Links followed, but on Windows: there the path would begin with `\\?\`, and no disk is called so.
fn whole_path(path: &std::path::Path) -> std::io::Result<PathBuf> {
    std::fs::metadata(path)?;
    if cfg!(windows) { std::path::absolute(path) } else { std::fs::canonicalize(path) }
}
