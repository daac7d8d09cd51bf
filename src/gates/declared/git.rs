//! The working copy: nothing uncommitted, the right branch, a tag on what is deployed.

use std::path::PathBuf;

use serde::Deserialize;

use super::bench::Bench;
use super::kind::{Finding, Kind, Outcome, Unmeasured};
use super::program::{Absent, run};
use crate::declaration::{Complaints, Parameter, Shape};
use crate::evidence::Sample;

/// How many changed files are named.
const NAMED: usize = 10;

/// A git repository in the state that is to be deployed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Git {
    folder: PathBuf,
    clean: bool,
    tagged: bool,
    tag_starts_with: String,
    branch: Option<String>,
}

impl Default for Git {
    fn default() -> Git {
        Git { folder: ".".into(), clean: true, tagged: false, tag_starts_with: String::new(), branch: None }
    }
}

impl Kind for Git {
    const NAME: &'static str = "git";
    const SUMMARY: &'static str =
        "the working copy has nothing uncommitted, and stands on the branch and the tag it must";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("folder", Shape::PATH, "\".\"", "the working copy; relative to the configuration"),
        Parameter::optional("clean", Shape::Flag, "true", "whether nothing may be changed or unknown to git"),
        Parameter::optional("tagged", Shape::Flag, "false", "whether the commit must have a tag"),
        Parameter::optional("tag_starts_with", Shape::TEXT, "none", "what the tag begins with; it must have one then"),
        Parameter::optional("branch", Shape::TEXT, "any", "the branch that is checked out"),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        if !self.clean && !self.tagged && self.tag_starts_with.is_empty() && self.branch.is_none() {
            complaints.add(0..0, "git demands nothing; nothing would be checked");
        }
    }

    fn subject(&self) -> String {
        format!("git {}", self.folder.display())
    }

    async fn measure(&self, bench: &Bench<'_>) -> Result<Vec<Finding>, Unmeasured> {
        let commit = self.ask(bench, &["rev-parse", "--short", "HEAD"]).await?;
        let mut findings = Vec::new();
        if self.clean {
            // Whatever the user's own configuration says.
            let status = ["status", "--porcelain", "--untracked-files=all", "--ignore-submodules=none"];
            let changed = self.ask(bench, &status).await?;
            let lines: Vec<&str> = changed.lines().collect();
            let samples = lines.iter().take(NAMED).map(|line| Sample::new(*line, ""));
            let measured = format!("{} files are changed or not known to git, at {commit}", lines.len());
            let finding = Finding::new(Outcome::of(lines.is_empty()), "nothing uncommitted", measured);
            findings.push(
                finding
                    .samples(samples.collect())
                    .probe(format!("git {}", status.join(" ")))
                    .remedy("commit or stash it"),
            );
            findings.extend(self.not_looked_at(bench).await?);
        }
        if self.tagged || !self.tag_starts_with.is_empty() {
            let tags = self.ask(bench, &["tag", "--points-at", "HEAD"]).await?;
            let found = tags.lines().find(|tag| tag.starts_with(&self.tag_starts_with));
            let measured = match found {
                Some(tag) => format!("{commit} is tagged {tag}"),
                None if tags.is_empty() => format!("{commit} has no tag"),
                None => format!("{commit} is tagged {}", tags.replace('\n', ", ")),
            };
            let expected = match self.tag_starts_with.as_str() {
                "" => "a tag".to_owned(),
                start => format!("a tag that begins with {start}"),
            };
            let finding = Finding::new(Outcome::of(found.is_some()), expected, measured);
            findings.push(
                finding
                    .probe("git tag --points-at HEAD")
                    .remedy("tag the commit that is deployed, or check that one out"),
            );
        }
        if let Some(branch) = &self.branch {
            let found = self.ask(bench, &["rev-parse", "--abbrev-ref", "HEAD"]).await?;
            let finding =
                Finding::new(Outcome::of(found == *branch), format!("branch {branch}"), format!("branch {found}"));
            findings.push(finding.probe("git rev-parse --abbrev-ref HEAD").remedy(format!("git checkout {branch}")));
        }
        Ok(findings)
    }
}

impl Git {
    /// Files that git was told not to look at: whatever is changed in them, `git status` says nothing of it.
    async fn not_looked_at(&self, bench: &Bench<'_>) -> Result<Option<Finding>, Unmeasured> {
        let all = self.ask(bench, &["ls-files", "-v"]).await?;
        let is_hidden = |line: &&str| line.starts_with(|c: char| c.is_ascii_lowercase() || c == 'S');
        let hidden: Vec<&str> = all.lines().filter(is_hidden).collect();
        if hidden.is_empty() {
            return Ok(None);
        }
        let samples = hidden.iter().take(NAMED).map(|line| Sample::new(line.get(2..).unwrap_or_default(), ""));
        let measured = format!("{} files are marked assume-unchanged or skip-worktree", hidden.len());
        let finding = Finding::new(Outcome::Violated, "git looks at every file", measured).samples(samples.collect());
        let remedy = "git update-index --no-assume-unchanged --no-skip-worktree FILE, then look again";
        Ok(Some(finding.probe("git ls-files -v").remedy(remedy)))
    }

    async fn ask(&self, bench: &Bench<'_>, args: &[&str]) -> Result<String, Unmeasured> {
        let folder = bench.path(&self.folder).display().to_string();
        let args: Vec<&str> = ["-C", &folder].into_iter().chain(args.iter().copied()).collect();
        match run(bench, "git", &args).await {
            Ok(ran) if ran.succeeded => Ok(ran.answer),
            Ok(ran) => Err(Unmeasured::new(format!("git: {}", ran.said()))),
            Err(Absent::NotFound) => Err(Unmeasured::new("there is no git").remedy("install git, or correct PATH")),
            Err(Absent::Refused(reason)) => Err(Unmeasured::new(reason)),
        }
    }
}
