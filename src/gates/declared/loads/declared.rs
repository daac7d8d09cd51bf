//! A load, as it was declared.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use crate::declaration::{Complaints, Name, Shape};
use crate::phase::parse_duration;
use crate::verdict::Severity;

use super::super::files::Declaration;
use super::super::gate::millis;
use super::super::http::{Request, look_over_url};
use super::written::LOAD;

/// More users than this are another tool's work: they would measure this machine.
pub const MOST_USERS: usize = 64;

/// No step lasts longer.
pub const fn longest() -> Duration {
    Duration::from_secs(30 * 60)
}

/// Users of a platform, what they do, and what is demanded of the platform meanwhile.
#[derive(Debug, Clone)]
pub struct Load {
    /// Its id: lower snake case, unique over all files.
    pub id: String,
    /// What must be true, in the author's words; may be empty.
    pub description: String,
    /// What a violation means.
    pub severity: Severity,
    /// Where the service is.
    pub url: String,
    /// How many users each step has that is judged.
    pub users: Vec<usize>,
    /// How many users each step beyond has: measured, not judged.
    pub stress: Vec<usize>,
    /// How long a step lasts.
    pub duration: Duration,
    /// Whether its users or its duration are others than those that were declared.
    pub(super) altered: bool,
    pub(super) think: Duration,
    /// How long an answer may take at most.
    pub(super) limit: Duration,
    pub(super) ca: Option<PathBuf>,
    pub(super) setup: Vec<Request>,
    pub(super) requests: Vec<Request>,
    pub(super) demands: Demands,
}

/// What is demanded in each step.
#[derive(Debug, Clone)]
pub(super) struct Demands {
    pub(super) error_percent: f64,
    pub(super) median_ms: Option<u64>,
    pub(super) p95_ms: Option<u64>,
    pub(super) p99_ms: Option<u64>,
    pub(super) degradation_percent: Option<f64>,
    /// How often each request must be answered before anything is said about it.
    pub(super) requests: u64,
}

/// A load as TOML has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct LoadToml {
    #[serde(default)]
    description: String,
    #[serde(default)]
    severity: Severity,
    url: Name,
    #[serde(default = "one_user")]
    users: Spanned<Users>,
    #[serde(default = "nobody")]
    stress: Spanned<Vec<usize>>,
    #[serde(default = "thirty_seconds")]
    duration: Name,
    #[serde(default = "one_second")]
    think_time: Name,
    #[serde(default = "thirty_seconds")]
    timeout: Name,
    ca: Option<PathBuf>,
    #[serde(default)]
    setup: Vec<Request>,
    #[serde(default)]
    requests: Vec<Request>,
    #[serde(default = "one_percent")]
    max_error_percent: f64,
    max_median: Option<Name>,
    max_p95: Option<Name>,
    max_p99: Option<Name>,
    max_degradation_percent: Option<f64>,
    #[serde(default = "ten")]
    min_requests: u64,
}

/// One number of users, or several steps.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a number of users or a list of them: 4, [1, 2, 4]")]
enum Users {
    One(usize),
    Several(Vec<usize>),
}

fn one_user() -> Spanned<Users> {
    Spanned::new(0..0, Users::One(1))
}

fn nobody() -> Spanned<Vec<usize>> {
    Spanned::new(0..0, Vec::new())
}

fn thirty_seconds() -> Name {
    Spanned::new(0..0, "30s".to_owned())
}

fn one_second() -> Name {
    Spanned::new(0..0, "1s".to_owned())
}

fn one_percent() -> f64 {
    1.0
}

fn ten() -> u64 {
    10
}

impl Load {
    /// The same with one step of so many users, or steps of another length, as far as they are given.
    #[must_use]
    pub fn with(mut self, users: Option<usize>, duration: Option<Duration>) -> Load {
        if let Some(users) = users {
            self.users = vec![users];
            self.stress = Vec::new();
        }
        self.altered |= users.is_some() || duration.is_some();
        self.duration = duration.unwrap_or(self.duration);
        self
    }

    /// The users of each step in the order in which they are run: one alone first where others are held against it.
    pub(super) fn all_steps(&self) -> Vec<usize> {
        let is_compared = self.demands.degradation_percent.is_some() && self.users.iter().any(|users| *users > 1);
        let alone = (is_compared && !self.users.contains(&1)).then_some(1);
        let mut steps: Vec<usize> = alone.into_iter().chain(self.users.iter().copied()).collect();
        steps.sort_unstable();
        steps.extend(&self.stress);
        steps
    }

    /// Whether a step of so many users is judged.
    pub(super) fn is_judged(&self, users: usize) -> bool {
        self.users.contains(&users)
    }
}

impl Declaration for Load {
    const TABLE: &'static str = "loads";
    const WORD: &'static str = "load";
    const SHAPE: Shape = LOAD;
    type Toml = LoadToml;

    fn from_toml(id: &Name, toml: LoadToml, _source: usize, complaints: &mut Complaints) -> Load {
        look_over_url(&toml.url, complaints);
        for request in toml.setup.iter().chain(&toml.requests) {
            request.look_over(complaints);
            if request.is_kept() {
                complaints.add(id.span(), "same_as_before has no meaning in a load: there is no before");
            }
        }
        let users = match toml.users.get_ref() {
            Users::One(one) => vec![*one],
            Users::Several(several) => several.clone(),
        };
        look_over_users("users", &users, toml.users.span(), complaints);
        look_over_users("stress", toml.stress.get_ref(), toml.stress.span(), complaints);
        if toml.stress.get_ref().iter().any(|stress| users.contains(stress)) {
            complaints.add(toml.stress.span(), "a step is either judged (users) or beyond (stress), not both");
        }
        let requests = if toml.requests.is_empty() { vec![Request::default()] } else { toml.requests };
        Load {
            id: id.get_ref().clone(),
            description: toml.description,
            severity: toml.severity,
            url: toml.url.into_inner(),
            users,
            stress: toml.stress.into_inner(),
            duration: duration(&toml.duration, complaints),
            altered: false,
            think: think(&toml.think_time, complaints),
            limit: Duration::from_millis(millis(&toml.timeout, complaints).unwrap_or(1)),
            ca: toml.ca,
            setup: toml.setup,
            requests,
            demands: Demands {
                error_percent: toml.max_error_percent,
                median_ms: toml.max_median.as_ref().and_then(|limit| millis(limit, complaints)),
                p95_ms: toml.max_p95.as_ref().and_then(|limit| millis(limit, complaints)),
                p99_ms: toml.max_p99.as_ref().and_then(|limit| millis(limit, complaints)),
                degradation_percent: toml.max_degradation_percent,
                requests: toml.min_requests,
            },
        }
    }
}

fn look_over_users(what: &str, users: &[usize], span: std::ops::Range<usize>, complaints: &mut Complaints) {
    if users.iter().enumerate().any(|(at, number)| users[..at].contains(number)) {
        complaints.add(span, format!("{what} names a step twice"));
    }
}

fn duration(text: &Name, complaints: &mut Complaints) -> Duration {
    let duration = Duration::from_millis(millis(text, complaints).unwrap_or(1));
    if duration > longest() {
        complaints.add(text.span(), "a step lasts 30min at most");
    }
    duration
}

/// Unlike a limit, it may be 0: users who do not think.
fn think(text: &Name, complaints: &mut Complaints) -> Duration {
    parse_duration("think_time", text.get_ref()).unwrap_or_else(|problem| {
        complaints.add(text.span(), problem);
        Duration::ZERO
    })
}

#[cfg(test)]
mod tests {
    use super::super::load_embedded;

    #[test]
    fn what_is_too_much_or_nothing_is_refused_with_its_place() {
        let text = "[loads.a]\nurl = \"http://localhost\"\nusers = [1, 65]\n\n\
                    [loads.b]\nurl = \"localhost\"\nduration = \"31min\"\n\n\
                    [loads.c]\nurl = \"http://localhost\"\nusers = []\nstress = [0]\nthink_time = \"soon\"\nmax_p59 = \"1s\"\n\n\
                    [loads.d]\nurl = \"http://localhost\"\nusers = 0\n";
        let errors = load_embedded(&[("l.toml", text)]).unwrap_err().to_string();
        let expected = [
            "l.toml:3:13: load a: an entry of `users` is 65; it takes a whole number from 1 to 64",
            "l.toml:6:7: the url is \"localhost\"; it begins with http:// or https://",
            "l.toml:7:12: a step lasts 30min at most",
            "l.toml:11:9: load c: `users` lists nothing; it takes a list of whole numbers from 1 to 64, at least one",
            "l.toml:12:11: load c: an entry of `stress` is 0; it takes a whole number from 1 to 64",
            "l.toml:13:14: load c: `think_time` is \"soon\"; it takes a time",
            "l.toml:14:1: load c: unknown parameter `max_p59`; did you mean max_p99? there are: url, ",
            "l.toml:18:9: load d: `users` is 0; it takes a whole number from 1 to 64",
        ];
        assert_eq!(errors.lines().count(), expected.len(), "{errors}");
        for (found, expected) in errors.lines().zip(expected) {
            assert!(found.starts_with(expected), "{found}\n  is not\n{expected}");
        }
    }

    #[test]
    fn one_user_goes_first_where_others_are_held_against_one() {
        let steps = |more: &str| {
            let text = format!("[loads.a]\nurl = \"http://localhost\"\n{more}");
            load_embedded(&[("l.toml", text.as_str())]).unwrap()[0].all_steps()
        };
        assert_eq!(steps("users = [4, 2]\nstress = [16, 8]"), [2, 4, 16, 8]);
        assert_eq!(steps("users = 4\nmax_degradation_percent = 5"), [1, 4]);
        assert_eq!(steps("users = [4, 1]\nmax_degradation_percent = 5"), [1, 4]);
    }
}
