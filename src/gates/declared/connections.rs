//! Connections: as many as the platform needs, really opened, and room for more.

use serde::Deserialize;

use super::bench::Bench;
use super::kind::{Finding, Kind, Outcome, Unmeasured};
use crate::db::{ConnSpec, Session};
use crate::declaration::{Complaints, Form, Name, Parameter, Shape};

/// Sessions that are held open at the same time.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Connections {
    users: usize,
    #[serde(default)]
    admins: usize,
    min_free: Option<i64>,
    through: Option<Name>,
}

/// More than this is a load test.
const MOST: usize = 200;

impl Kind for Connections {
    const NAME: &'static str = "connections";
    const SUMMARY: &'static str =
        "the sessions of all users and administrators can be open at the same time, with room to spare";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("users", Shape::COUNT, "how many sessions users hold"),
        Parameter::optional("admins", Shape::COUNT, "0", "how many sessions administrators hold besides"),
        Parameter::optional(
            "min_free",
            Shape::Whole { least: i64::MIN, most: i64::MAX },
            "0",
            "how many connections the server must have left while all of them are open",
        ),
        Parameter::optional(
            "through",
            Shape::Text(Form::Named("variable", "variables")),
            "the database itself",
            "an environment variable that says where to connect: a pooler in front of the database",
        ),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        let asked = self.users + self.admins;
        if self.through.is_some() && self.min_free.is_some() {
            complaints
                .add(0..0, "min_free is of the server itself: through a pooler it is not seen; leave one of them out");
        }
        if asked == 0 || asked > MOST {
            complaints.add(0..0, format!("connections opens {asked} sessions; allowed are 1 to {MOST}"));
        }
    }

    fn subject(&self) -> String {
        self.through.as_ref().map_or("the database".to_owned(), |name| format!("through {}", name.get_ref()))
    }

    async fn measure(&self, bench: &Bench<'_>) -> Result<Vec<Finding>, Unmeasured> {
        let spec = bench.through(self.through.as_ref())?;
        let asked = self.users + self.admins;
        let opened = futures_util::future::join_all((0..asked).map(|_| answering(&spec))).await;
        let (mut sessions, mut refused) = (Vec::new(), Vec::new());
        for one in opened {
            match one {
                Ok(session) => sessions.push(session),
                Err(error) => refused.push(error.to_string()),
            }
        }
        if sessions.is_empty() {
            return Err(Unmeasured::new(refused.into_iter().next().unwrap_or_default()));
        }
        let expected = format!("{} users and {} administrators connected at the same time", self.users, self.admins);
        let why = refused.first().map_or(String::new(), |reason| format!("; refused: {reason}"));
        let measured = format!("{} of {asked} sessions answered at the same time{why}", sessions.len());
        let mut findings = vec![
            Finding::new(Outcome::of(refused.is_empty()), expected, measured)
                .remedy("raise max_connections or the pooler's size, or see who holds the connections"),
        ];
        // Through a pooler the server has fewer sessions than the pooler has visitors.
        if self.through.is_none() {
            findings.extend(self.room(&mut sessions[0]).await?);
        }
        futures_util::future::join_all(sessions.into_iter().map(Session::close)).await;
        Ok(findings)
    }
}

impl Connections {
    async fn room(&self, session: &mut Session) -> Result<Vec<Finding>, Unmeasured> {
        let row = session.one(include_str!("connections.sql")).await?;
        if !row.flag("may_see")? {
            // Of other roles' sessions only their number would be seen, not that they are clients.
            return Err(Unmeasured::new("the role may not see the sessions of others").remedy("GRANT pg_monitor to it"));
        }
        let (most, reserved): (i64, i64) = (row.parse("most")?, row.parse("reserved")?);
        let used: i64 = row.parse("used")?;
        let free = most - reserved - used;
        let measured = format!("{free} left: {used} in use of {most}, {reserved} reserved");
        let least = self.min_free.unwrap_or(0);
        let expected = format!("at least {least} left");
        let mut findings = vec![
            Finding::new(Outcome::of(free >= least), expected.as_str(), measured)
                .about("max_connections")
                .probe(include_str!("connections.sql"))
                .remedy("raise max_connections, or put a pooler in front"),
        ];
        // A superuser, who may be the one that measures, is not held to it; users are.
        let (most, used): (i64, i64) = (row.parse("most_here")?, row.parse("used_here")?);
        if most >= 0 {
            let measured = format!("{} left: {used} in use of {most}", most - used);
            findings.push(
                Finding::new(Outcome::of(most - used >= least), expected, measured)
                    .about("connection limit of the database")
                    .probe(include_str!("connections.sql"))
                    .remedy("ALTER DATABASE … CONNECTION LIMIT …"),
            );
        }
        Ok(findings)
    }
}

/// A session that has answered a question of its own.
async fn answering(spec: &ConnSpec) -> Result<Session, crate::db::DbError> {
    let mut session = Session::connect(spec).await?;
    session.one("SELECT 1 AS one").await?;
    Ok(session)
}
