//! Programs: there, and new enough.

use serde::Deserialize;
use tokio::process::Command;

use super::bench::Bench;
use super::kind::{Finding, Kind, Outcome, Unmeasured};
use super::version::Version;
use crate::declaration::{Complaints, Form, Name, Parameter, Shape};

/// A program that must be found and say that it is new enough.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Program {
    name: Name,
    #[serde(default = "version")]
    args: Vec<String>,
    min_version: Option<Name>,
    #[serde(default)]
    says: Vec<String>,
}

fn version() -> Vec<String> {
    vec!["--version".into()]
}

impl Kind for Program {
    const NAME: &'static str = "program";
    const SUMMARY: &'static str = "a program is there, ends well, and is new enough";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required(
            "name",
            Shape::Text(Form::Named("program", "programs")),
            "the program: a name that PATH finds, or a path",
        ),
        Parameter::optional(
            "args",
            Shape::TEXTS,
            "[\"--version\"]",
            "what it is run with; it must end by itself and change nothing",
        ),
        Parameter::optional(
            "min_version",
            Shape::Text(Form::Named("version", "versions")),
            "none",
            "the least version; compared is the first one in what it says",
        ),
        Parameter::optional("says", Shape::TEXTS, "[]", "texts that stand in what it says"),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        if self.name.get_ref().trim().is_empty() {
            complaints.add(self.name.span(), "name names no program");
        }
        if let Some(least) = &self.min_version
            && Version::find(least.get_ref()).is_none()
        {
            complaints.add(least.span(), format!("{:?} is no version; write it as 15 or 3.11.2", least.get_ref()));
        }
    }

    fn subject(&self) -> String {
        self.name.get_ref().clone()
    }

    async fn measure(&self, bench: &Bench<'_>) -> Result<Vec<Finding>, Unmeasured> {
        let args: Vec<&str> = self.args.iter().map(String::as_str).collect();
        let by_hand = format!("{} {}", self.name.get_ref(), self.args.join(" "));
        let remedy = format!("install {}, or correct PATH", self.name.get_ref());
        let ran = match run(bench, self.name.get_ref(), &args).await {
            Ok(ran) => ran,
            Err(Absent::NotFound) => {
                let finding = Finding::new(Outcome::Violated, self.expected(), "there is no such program");
                return Ok(vec![finding.probe(by_hand).remedy(remedy)]);
            }
            Err(Absent::Refused(reason)) => return Err(Unmeasured::new(reason).remedy(remedy)),
        };
        let mut wrong = Vec::new();
        if !ran.succeeded {
            wrong.push(format!("it ended with {}", ran.ended));
        }
        // Some programs tell their version beside their answer: java, old compilers.
        let said = ran.said();
        let found = Version::find(&said);
        let least = self.min_version.as_ref().and_then(|least| Version::find(least.get_ref()));
        match (&found, &least) {
            (Some(found), Some(least)) if found < least => wrong.push(format!("it is version {found}")),
            (None, Some(_)) => wrong.push("it names no version".into()),
            _ => {}
        }
        wrong.extend(
            self.says
                .iter()
                .filter(|part| !said.contains(part.as_str()))
                .map(|part| format!("it does not say {part:?}")),
        );
        let measured = match (wrong.is_empty(), found) {
            (false, _) => wrong.join("; "),
            (true, Some(found)) => format!("version {found}"),
            (true, None) => "it is there".to_owned(),
        };
        Ok(vec![Finding::new(Outcome::of(wrong.is_empty()), self.expected(), measured).probe(by_hand).remedy(remedy)])
    }
}

impl Program {
    fn expected(&self) -> String {
        let mut words = vec!["there".to_owned()];
        words.extend(self.min_version.as_ref().map(|least| format!("version {} or newer", least.get_ref())));
        words.extend(self.says.iter().map(|part| format!("says {part:?}")));
        words.join(", ")
    }
}

/// What a program did.
pub(super) struct Ran {
    pub(super) succeeded: bool,
    /// `exit status: 1`, `signal: 9`.
    pub(super) ended: String,
    /// What it wrote on standard output: its answer.
    pub(super) answer: String,
    /// What it wrote beside it: warnings, and why it failed.
    pub(super) complaint: String,
}

impl Ran {
    /// Both.
    pub(super) fn said(&self) -> String {
        format!("{}\n{}", self.answer, self.complaint).trim().to_owned()
    }
}

/// Why a program was not run.
pub(super) enum Absent {
    NotFound,
    Refused(String),
}

/// Runs a program in the folder of the configuration, with the variables that phasegate was given and nothing to read.
/// It is ended with the future that waits for it.
pub(super) async fn run(bench: &Bench<'_>, name: &str, args: &[&str]) -> Result<Ran, Absent> {
    run_with(bench, name, args, &[]).await
}

/// The same with these variables besides.
pub(super) async fn run_with(
    bench: &Bench<'_>,
    name: &str,
    args: &[&str],
    variables: &[(&str, &str)],
) -> Result<Ran, Absent> {
    let folder = bench.path(std::path::Path::new("."));
    let mut command = Command::new(name);
    command.args(args).env_clear().envs(bench.platform.env.variables()).envs(variables.iter().copied());
    command.current_dir(folder);
    command.stdin(std::process::Stdio::null()).kill_on_drop(true);
    let output = command.output().await.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Absent::NotFound,
        _ => Absent::Refused(format!("{name} cannot be run: {error}")),
    })?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    Ok(Ran {
        succeeded: output.status.success(),
        ended: output.status.to_string(),
        answer: text(&output.stdout),
        complaint: text(&output.stderr),
    })
}
