//! Services by their processes: they run, and do not take more memory than they may.

use serde::Deserialize;
use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

use super::bench::Bench;
use super::host::system;
use super::kind::{Finding, Kind, Outcome, Unmeasured};
use crate::declaration::{Complaints, Form, Name, Parameter, Shape};

/// Processes of one name on this machine.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Process {
    name: Name,
    #[serde(default = "one")]
    min: usize,
    max: Option<usize>,
    max_memory_mb: Option<u64>,
}

fn one() -> usize {
    1
}

impl Kind for Process {
    const NAME: &'static str = "process";
    const SUMMARY: &'static str = "a service runs on this machine, within its memory";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required(
            "name",
            Shape::Text(Form::Named("program", "programs")),
            "the name of its program, without path and without `.exe`",
        ),
        Parameter::optional("min", Shape::COUNT, "1", "how many processes there are at least"),
        Parameter::optional("max", Shape::COUNT, "any", "how many there are at most; 0: none may run"),
        Parameter::optional(
            "max_memory_mb",
            Shape::COUNT,
            "none",
            "memory in use by all of them together, below this, in megabytes (1,000,000 bytes)",
        ),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        if self.name.get_ref().trim().is_empty() {
            complaints.add(self.name.span(), "name names no process");
        }
        if self.min == 0 && self.max.is_none() {
            complaints.add(0..0, "process demands nothing with min = 0 and no max: a name with a slip would pass");
        }
        if self.max == Some(0) && self.max_memory_mb.is_some() {
            complaints.add(0..0, "what may not run has no memory; leave max_memory_mb out");
        }
    }

    fn subject(&self) -> String {
        format!("process {}", self.name.get_ref())
    }

    async fn measure(&self, _bench: &Bench<'_>) -> Result<Vec<Finding>, Unmeasured> {
        let all = all()?;
        let mine = of_name(&all, self.name.get_ref());
        let least = if self.max == Some(0) { 0 } else { self.min };
        let is_within = mine.len() >= least && self.max.is_none_or(|max| mine.len() <= max);
        let expected = match self.max {
            Some(0) => "it does not run".to_owned(),
            Some(max) => format!("{least} to {max} processes"),
            None => format!("at least {least} processes"),
        };
        let finding = Finding::new(Outcome::of(is_within), expected, format!("{} processes", mine.len()));
        let mut findings = vec![finding.remedy("see the service's state and its log")];
        if let Some(limit) = self.max_memory_mb {
            let used = mine.iter().map(|process| process.memory()).sum::<u64>() / 1_000_000;
            let (outcome, measured) = match mine.is_empty() {
                true => (Outcome::Open, "not evaluated: no process to measure".to_owned()),
                false => (Outcome::of(used < limit), format!("{used} MB")),
            };
            let finding = Finding::new(outcome, format!("below {limit} MB of memory"), measured);
            findings.push(finding.remedy("see what the service holds in memory"));
        }
        Ok(findings)
    }
}

/// Memory in use by all processes of a name together, in bytes; `None` where there is none of them.
pub(super) fn memory_of(name: &str) -> Result<Option<u64>, Unmeasured> {
    let all = all()?;
    let mine = of_name(&all, name);
    Ok((!mine.is_empty()).then(|| mine.iter().map(|process| process.memory()).sum()))
}

/// The system with its processes, as they are now.
fn all() -> Result<System, Unmeasured> {
    let mut system = system()?;
    let wanted = ProcessRefreshKind::nothing().with_memory().with_exe(UpdateKind::OnlyIfNotSet);
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, wanted);
    if system.processes().is_empty() {
        return Err(Unmeasured::new("the system shows no processes"));
    }
    Ok(system)
}

/// Threads are listed as processes of their own on Linux.
fn of_name<'a>(system: &'a System, name: &str) -> Vec<&'a sysinfo::Process> {
    let is_one = |process: &&sysinfo::Process| process.thread_kind().is_none() && is(process, name);
    system.processes().values().filter(is_one).collect()
}

/// Names of processes are cut at 15 bytes on Linux; the program's file has the whole one.
fn is(process: &sysinfo::Process, wanted: &str) -> bool {
    let without_end = |name: &std::ffi::OsStr| {
        let name = name.to_string_lossy().into_owned();
        name.strip_suffix(".exe").map_or(name.clone(), str::to_owned)
    };
    let of_file = process.exe().and_then(std::path::Path::file_name).map(without_end);
    of_file.as_deref() == Some(wanted) || without_end(process.name()) == wanted
}
