//! Connections come back: one is really cut, by a small proxy of our own in front of the database.

mod proxy;

use std::time::{Duration, Instant};

use serde::Deserialize;

use super::bench::Bench;
use super::gate::{accepted_ms, millis};
use super::kind::{Finding, Kind, Outcome, Unmeasured};
use crate::db::{ConnSpec, Session, SslMode};
use crate::declaration::{Complaints, Form, Name, Parameter, Shape};

use proxy::Proxy;

/// An interruption of the network between phasegate and the database.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recovery {
    max_time: Name,
    #[serde(default = "outage")]
    outage: Name,
    through: Option<Name>,
}

fn outage() -> Name {
    toml::Spanned::new(0..0, "200ms".to_owned())
}

impl Kind for Recovery {
    const NAME: &'static str = "recovery";
    const SUMMARY: &'static str =
        "after the network was cut a connection is lost at once, and a new one answers in time";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required(
            "max_time",
            Shape::TIME,
            "how long after the network is back a new connection may need to answer: `5s`",
        ),
        Parameter::optional("outage", Shape::TIME, "\"200ms\"", "how long it is cut"),
        Parameter::optional(
            "through",
            Shape::Text(Form::Named("variable", "variables")),
            "the database itself",
            "an environment variable that says where to connect: a pooler in front of the database",
        ),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        millis(&self.max_time, complaints);
        millis(&self.outage, complaints);
    }

    fn subject(&self) -> String {
        let through = self.through.as_ref().map_or(String::new(), |name| format!(", through {}", name.get_ref()));
        format!("connection after an interruption{through}")
    }

    async fn measure(&self, bench: &Bench<'_>) -> Result<Vec<Finding>, Unmeasured> {
        let time = |name: &Name| Duration::from_millis(accepted_ms(name));
        let (limit, outage) = (time(&self.max_time), time(&self.outage));
        let spec = &bench.through(self.through.as_ref())?;
        let Some((host, port)) = spec.hosts.first() else { return Err(Unmeasured::new("no host is named")) };
        let proxy = Proxy::start(host, *port).await.map_err(|error| Unmeasured::new(format!("the proxy: {error}")))?;
        let through = through(spec, proxy.port())?;
        let mut session = Session::connect(&through).await?;
        session.one("SELECT 1 AS one").await?;

        proxy.cut();
        let cut_at = Instant::now();
        let lost = session.one("SELECT 1 AS one").await;
        let noticed = cut_at.elapsed();
        drop(session);
        if lost.is_ok() {
            return Err(Unmeasured::new("the connection was cut and answered all the same"));
        }
        tokio::time::sleep(outage).await;

        proxy.restore();
        let back_at = Instant::now();
        let answered = loop {
            match answer(&through).await {
                Ok(()) => break Some(back_at.elapsed()),
                Err(_) if back_at.elapsed() < limit => tokio::time::sleep(Duration::from_millis(20)).await,
                Err(_) => break None,
            }
        };
        let measured = match answered {
            Some(took) => {
                format!("lost after {} ms, a new one answered after {} ms", noticed.as_millis(), took.as_millis())
            }
            None => format!("lost after {} ms, and no new one answered", noticed.as_millis()),
        };
        let holds = answered.is_some_and(|took| took <= limit);
        let expected = format!("a new connection answers within {} ms", limit.as_millis());
        Ok(vec![
            Finding::new(Outcome::of(holds), expected, measured)
                .remedy("see connect_timeout, the pooler, and the firewall between"),
        ])
    }
}

/// The same database through the proxy. What the proxy cannot stand for is said, not weakened.
fn through(spec: &ConnSpec, port: u16) -> Result<ConnSpec, Unmeasured> {
    if spec.ssl_mode == SslMode::VerifyFull {
        return Err(Unmeasured::new("with sslmode=verify-full the proxy's address is not that of the certificate"));
    }
    Ok(ConnSpec {
        hosts: vec![("127.0.0.1".into(), port)],
        passfile_hosts: spec.hosts.first().map(|(host, _)| host.clone()).into_iter().collect(),
        connect_timeout_ms: 2_000,
        ..spec.clone()
    })
}

async fn answer(spec: &ConnSpec) -> Result<(), crate::db::DbError> {
    let mut session = Session::connect(spec).await?;
    session.one("SELECT 1 AS one").await?;
    session.close().await;
    Ok(())
}
