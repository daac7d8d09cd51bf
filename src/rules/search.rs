//! Looking for a violation that the rule does not say itself: change after change, each taken back, until it turns red.

use std::time::{Duration, Instant};

use crate::db::{DbError, Session, Sql, SqlError, Table, quote_literal};

use super::fragment;
use super::row_changes::{Read, Words, changes};
use super::scan;
use super::statement::{How, with_settings};
use super::trial::{Desk, Found, is_ending};
use super::violation::{Search, Way};
use super::worker::said;

/// So many changes are tried for a rule, and so long.
const MOST: usize = 600;
const LONGEST: Duration = Duration::from_secs(120);

/// The view that stands for a rule's own statement while it is looked which tables that reads.
const OWN: &str = "c.oid = 'pg_temp.phasegate_read'::regclass";

/// What a rule is made of.
struct Sources {
    tables: Vec<(String, Vec<String>)>,
    matviews: Vec<String>,
}

impl Desk<'_> {
    pub(super) async fn search(&mut self, search: &Search) -> Result<Found, DbError> {
        let found = match search {
            Search::Tables { words } => self.search_tables(words).await,
            Search::Matviews { scope } => self.search_beneath(scope).await,
            Search::Sessions { settings } => self.search_sessions(settings).await,
        };
        match found {
            Err(error) if !is_ending(&error) => Ok(Found::Untried(said(&error, &[&self.rule]))),
            found => found,
        }
    }

    /// Tables that the rule's own statement reads; where it reads the catalog, that too.
    async fn search_tables(&mut self, words: &str) -> Result<Found, DbError> {
        self.back().await?;
        let view = format!("CREATE TEMPORARY VIEW phasegate_read AS\n{}", scan::count_alone(&self.rule)?);
        self.change(&view).await?;
        let sources = self.sources(OWN).await?;
        self.back().await?;
        let spoken = Words::of(words);
        let mut ways = self.row_changes(&sources, &spoken)?;
        // What is read by way of a materialized view is seen once that is filled anew.
        let anew: Vec<String> =
            sources.matviews.iter().map(|view| format!("REFRESH MATERIALIZED VIEW {view}")).collect();
        if !anew.is_empty() {
            let refreshed = |way: &Way| Way { plant: [way.plant.clone(), anew.clone()].concat(), ..way.clone() };
            ways = ways.iter().flat_map(|way| [way.clone(), refreshed(way)]).collect();
        }
        if fragment::names(words).iter().any(|name| name.starts_with("pg_") || name == "information_schema") {
            ways = [self.catalog_changes(&spoken).await?, ways].concat();
        }
        self.try_each(&sources, &ways).await
    }

    /// Tables that materialized views are made of, which are not filled anew.
    async fn search_beneath(&mut self, scope: &str) -> Result<Found, DbError> {
        self.back().await?;
        let sources = self.sources(&format!("c.relkind = 'm' AND {scope}")).await?;
        let mut ways = self.row_changes(&sources, &Words::default())?;
        let emptied = sources.matviews.iter().map(|view| format!("REFRESH MATERIALIZED VIEW {view} WITH NO DATA"));
        ways.extend(emptied.map(Way::of_catalog));
        self.try_each(&sources, &ways).await
    }

    async fn sources(&mut self, scope: &str) -> Result<Sources, DbError> {
        let sql = Sql::new(include_str!("tables_read.sql")).fragment("scope", scope).render()?;
        let mut sources = Sources { tables: Vec::new(), matviews: Vec::new() };
        for row in self.change(&sql).await?.0 {
            let (schema, name) = (row.text("schema")?, row.text("relation")?);
            if row.text("kind")? == "m" {
                let name = crate::db::quote_qualified(schema, name);
                sources.matviews.extend((sources.matviews.last() != Some(&name)).then_some(name));
                continue;
            }
            let name = format!("{schema}.{name}");
            if sources.tables.last().is_none_or(|(last, _)| *last != name) {
                sources.tables.push((name, Vec::new()));
            }
            if let (Some((_, columns)), Some(column)) = (sources.tables.last_mut(), row.get("column")?) {
                columns.push(column.to_owned());
            }
        }
        Ok(sources)
    }

    fn row_changes(&self, sources: &Sources, spoken: &Words) -> Result<Vec<Way>, SqlError> {
        let read = sources.tables.iter().filter_map(|(name, columns)| {
            let table: &Table = self.catalog.find(name)?;
            let mut columns: Vec<_> = columns.iter().filter_map(|column| table.column(column)).collect();
            // That another row is meant shows less than that a row is another.
            columns.sort_by_key(|column| table.key.as_ref().is_some_and(|key| key.contains(&column.name)));
            Some(Read { table, columns })
        });
        changes(&read.collect::<Vec<_>>(), spoken)
    }

    async fn catalog_changes(&mut self, spoken: &Words) -> Result<Vec<Way>, DbError> {
        let texts: Vec<String> = spoken.texts.iter().map(|text| quote_literal(text)).collect();
        let texts = if texts.is_empty() { "NULL".to_owned() } else { texts.join(", ") };
        let sql = Sql::new(include_str!("catalog_changes.sql")).fragment("texts", texts).render()?;
        let rows = self.change(&sql).await?.0;
        rows.iter().map(|row| Ok(Way::of_catalog(row.text("change")?))).collect()
    }

    async fn try_each(&mut self, sources: &Sources, ways: &[Way]) -> Result<Found, DbError> {
        if ways.is_empty() {
            return Ok(Found::Untried("it reads no table whose rows could be changed".to_owned()));
        }
        let (start, mut tried) = (Instant::now(), 0);
        for way in ways.iter().take(MOST).take_while(|_| start.elapsed() < LONGEST) {
            tried += 1;
            if self.holds_after(way).await? == Some(false) {
                return Ok(Found::RedAfter(way.plant.join("; ")));
            }
        }
        let tables: Vec<&str> = sources.tables.iter().map(|(name, _)| name.as_str()).collect();
        let of_what = if tables.is_empty() { "the catalog".to_owned() } else { tables.join(", ") };
        let all = if tried < ways.len() { format!(" of {}", ways.len()) } else { String::new() };
        Ok(Found::Untried(format!(
            "none of {tried}{all} changes of {of_what} turned it red: show by hand that it does"
        )))
    }

    /// Whether the rule holds after a change. What is in the way of it is taken away only where it is.
    async fn holds_after(&mut self, way: &Way) -> Result<Option<bool>, DbError> {
        self.back().await?;
        let plain = self.plant(&Way { loosen: Vec::new(), ..way.clone() }).await;
        let planted = match plain {
            Err(error) if is_kept_out(&error) => {
                self.back().await?;
                self.plant(way).await
            }
            plain => plain,
        };
        match planted {
            Err(error) if is_ending(&error) => Err(error),
            // Not every value is one of the column's, and not every change can be made.
            Err(_) => Ok(None),
            Ok(holds) => Ok(holds),
        }
    }

    /// What a rule says of the settings is about those with which its session began.
    async fn search_sessions(&mut self, settings: &[String]) -> Result<Found, DbError> {
        self.back().await?;
        let names: Vec<String> = settings.iter().map(|name| quote_literal(&name.to_lowercase())).collect();
        let sql = Sql::new(include_str!("settings_other.sql")).fragment("names", names.join(", ")).render()?;
        let mut fixed = Vec::new();
        for row in self.change(&sql).await?.0 {
            let name = row.text("name")?;
            let Some(value) = row.get("value")? else {
                fixed.push(format!("{name} ({})", row.text("context")?));
                continue;
            };
            if self.holds_in_a_session_with(name, value).await? == Some(false) {
                return Ok(Found::RedAfter(format!("a session that begins with {name} = {value}")));
            }
        }
        Ok(Found::Untried(match fixed.is_empty() {
            true => "no session in which a setting has another value could be had".to_owned(),
            false => {
                format!("no session can have another value of {}: show by hand that it turns red", fixed.join(", "))
            }
        }))
    }

    async fn holds_in_a_session_with(&self, name: &str, value: &str) -> Result<Option<bool>, DbError> {
        let mut spec = self.session.spec().clone();
        spec.options.push((name.to_owned(), value.to_owned()));
        // Not every value is one of the setting's.
        let Ok(mut session) = Session::connect_cancellable(&spec, self.session.cancel().clone()).await else {
            return Ok(None);
        };
        let row = session.one(self.question()?).await;
        session.close().await;
        let Ok(row) = row else { return Ok(None) };
        Ok(self.read(&row)?.and_then(|metric| self.rule.holds(&metric)))
    }

    /// Everything that was changed is taken back.
    pub(super) async fn back(&mut self) -> Result<(), DbError> {
        super::trial::send(self.session, "ROLLBACK TO SAVEPOINT clean").await.map(drop)
    }

    /// A statement that is not the rule's own, so that its time limit is not that of the rule.
    pub(super) async fn change(&mut self, statement: &str) -> Result<(Vec<crate::db::Row>, u64), DbError> {
        let statement = with_settings(self.options, statement, How::default())?;
        super::trial::send(self.session, &statement).await
    }
}

/// By a constraint, or because the server computes the column itself.
fn is_kept_out(error: &DbError) -> bool {
    error.server().is_some_and(|error| error.code.starts_with("23") || error.code == "428C9")
}
