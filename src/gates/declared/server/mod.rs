//! The database server: its version, its settings, its extensions, its encoding.

mod demand;

use std::collections::BTreeMap;

use serde::Deserialize;

use super::bench::Bench;
use super::kind::{Finding, Kind, Outcome, Unmeasured};
use super::version::Version;
use crate::db::{Row, Session, Sql};
use crate::declaration::{Complaints, Form, Name, Parameter, Shape};
use crate::evidence::Sample;

use demand::{DEMAND, Demand, Setting};

/// What the server must be, and how it must be set.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Server {
    min_version: Option<Name>,
    encoding: Option<Name>,
    settings: BTreeMap<String, Demand>,
    extensions: BTreeMap<String, Name>,
}

impl Kind for Server {
    const NAME: &'static str = "server";
    const SUMMARY: &'static str = "the server is new enough, and set as it must be, for every role";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional(
            "min_version",
            Shape::Text(Form::Named("version", "versions")),
            "none",
            "the least version: `15`, `15.4`",
        ),
        Parameter::optional("encoding", Shape::TEXT, "any", "how the database keeps text: `UTF8`"),
        Parameter::optional(
            "settings",
            Shape::Map { names: Form::Any, of: &DEMAND, least: 0 },
            "{}",
            "what settings must be: a value, a list of allowed ones, `{ min, max }` in the setting's own unit, or `{ contains }` for lists",
        ),
        Parameter::optional(
            "extensions",
            Shape::Map { names: Form::Any, of: &Shape::Text(Form::Named("version", "versions")), least: 0 },
            "{}",
            "extensions that the database must have, with their least version or `any`: `{ pgcrypto = \"1.3\" }`",
        ),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        let named = [&self.min_version, &self.encoding].into_iter().flatten().count();
        if named + self.settings.len() + self.extensions.len() == 0 {
            complaints.add(0..0, "server demands nothing; nothing would be checked");
        }
        let any = |version: &&Name| version.get_ref() != "any";
        for version in self.min_version.iter().chain(self.extensions.values().filter(any)) {
            if Version::find(version.get_ref()).is_none() {
                complaints.add(version.span(), format!("{:?} is no version; write it as 15 or 1.3", version.get_ref()));
            }
        }
        for (name, demand) in &self.settings {
            if let Err(problem) = demand.look_over() {
                complaints.add(0..0, format!("setting {name}: {problem}"));
            }
        }
    }

    fn subject(&self) -> String {
        "the server".into()
    }

    async fn measure(&self, bench: &Bench<'_>) -> Result<Vec<Finding>, Unmeasured> {
        let mut session = bench.session().await?;
        let mut findings = self.server(&session.one(include_str!("version.sql")).await?)?;
        if !self.settings.is_empty() {
            findings.extend(self.settings(&mut session).await?);
        }
        if !self.extensions.is_empty() {
            findings.extend(self.extensions(&session.rows(include_str!("extensions.sql")).await?)?);
        }
        session.close().await;
        Ok(findings)
    }
}

impl Server {
    fn server(&self, row: &Row) -> Result<Vec<Finding>, Unmeasured> {
        let mut findings = Vec::new();
        if let Some(least) = &self.min_version {
            let told = row.text("version")?;
            let is_new = Version::find(told) >= Version::find(least.get_ref());
            let finding = Finding::new(Outcome::of(is_new), format!("version {} or newer", least.get_ref()), told);
            findings.push(finding.about("version").remedy("upgrade the server"));
        }
        if let Some(wanted) = &self.encoding {
            let told = row.text("encoding")?;
            let holds = told.eq_ignore_ascii_case(wanted.get_ref());
            let finding = Finding::new(Outcome::of(holds), format!("encoding {}", wanted.get_ref()), told);
            findings.push(finding.about("encoding").remedy("restore into a database of that encoding"));
        }
        Ok(findings)
    }

    async fn settings(&self, session: &mut Session) -> Result<Vec<Finding>, Unmeasured> {
        let names: Vec<String> =
            self.settings.keys().map(|name| format!("\"{}\"", name.to_lowercase().replace(['"', '\\'], ""))).collect();
        let sql = Sql::new(include_str!("settings.sql")).value("names", format!("{{{}}}", names.join(",")));
        let rows = session.rows(sql.render().map_err(|error| Unmeasured::new(error.to_string()))?).await?;
        let overrides = session.rows(include_str!("overrides.sql")).await?;
        let mut findings = Vec::new();
        for (name, demand) in &self.settings {
            let mut found = None;
            for row in &rows {
                if row.text("name")?.eq_ignore_ascii_case(name) {
                    found = Some(row);
                }
            }
            let mut instead = Vec::new();
            for row in &overrides {
                if row.text("name")?.eq_ignore_ascii_case(name) {
                    instead.push(row);
                }
            }
            let finding = match found {
                Some(row) => judged(demand, row, &instead)?,
                None => open(demand, "there is no such setting, or this role may not see it"),
            };
            findings
                .push(finding.about(name.as_str()).remedy(format!("ALTER SYSTEM SET {name} = …, or ALTER ROLE … SET")));
        }
        Ok(findings)
    }

    fn extensions(&self, rows: &[Row]) -> Result<Vec<Finding>, Unmeasured> {
        let mut findings = Vec::new();
        for (name, least) in &self.extensions {
            let mut version = None;
            for row in rows {
                if row.text("name")? == name {
                    version = Some(row.text("version")?);
                }
            }
            let is_any = least.get_ref() == "any";
            let holds =
                version.is_some_and(|version| is_any || Version::find(version) >= Version::find(least.get_ref()));
            let expected = if is_any { "there".to_owned() } else { format!("version {} or newer", least.get_ref()) };
            let measured =
                version.map_or("it is not in this database".to_owned(), |version| format!("version {version}"));
            let finding = Finding::new(Outcome::of(holds), expected, measured).about(format!("extension {name}"));
            findings.push(finding.remedy(format!("CREATE EXTENSION {name}, or ALTER EXTENSION {name} UPDATE")));
        }
        Ok(findings)
    }
}

/// What a setting is, for every role: who has another value by ALTER ROLE or ALTER DATABASE is held to the same.
fn judged(demand: &Demand, row: &Row, instead: &[&Row]) -> Result<Finding, Unmeasured> {
    let setting = Setting {
        value: row.text("value")?,
        shown: row.get("shown")?,
        unit: row.get("unit")?,
        is_flag: row.text("kind")? == "bool",
    };
    if row.flag("is_ours")? {
        return Ok(open(demand, "phasegate asks for a value of its own when it connects"));
    }
    let (mut others, mut mine) = (Vec::new(), None);
    for row in instead {
        let (role, place, value) = (row.get("role")?.unwrap_or("every role"), row.text("place")?, row.text("value")?);
        if row.get("is_mine")? == Some("t") {
            mine = Some(role);
        }
        if !demand.holds(&Setting { value, shown: None, ..setting }) {
            others.push(Sample::new(format!("{role} in {place}"), value));
        }
    }
    if let Some(role) = mine.filter(|_| others.is_empty()) {
        return Ok(open(demand, &format!("{role}, who measures, has a value of its own; what others get is not seen")));
    }
    let holds = demand.holds(&setting) && others.is_empty();
    let unit = setting.unit.map_or(String::new(), |unit| format!(" {unit}"));
    let of_others = match others.len() {
        0 => String::new(),
        count => format!("; {count} times set otherwise (ALTER ROLE, ALTER DATABASE)"),
    };
    let value = if setting.value.is_empty() { "empty" } else { setting.value };
    let measured = format!("{value}{unit}{of_others}");
    Ok(Finding::new(Outcome::of(holds), demand.words(setting.unit), measured).samples(others))
}

fn open(demand: &Demand, reason: &str) -> Finding {
    Finding::new(Outcome::Open, demand.words(None), format!("not evaluated: {reason}"))
}
