//! Thirty row rules over five tables of the reference platform, against the fused SQL that a person would write.
//!
//! `cargo bench --bench rules -- --rounds 11 --scale 200`
//!
//! Both sides run inside this process over the same driver, so that neither pays for the start of a program, and both
//! open one exported snapshot and read it with one session. phasegate's side also reads the catalog, resolves the rules
//! and makes evidence of the figures. The figures of both are compared.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "prints its figures; what cannot go on has failed")]

mod common;

use std::time::Instant;

use common::figures::{Comparison, print};
use common::process::Cost;
use phasegate::db::{Cancel, Catalog, ConnSpec, SharedSnapshot};
use phasegate::disposable::Server;
use phasegate::platform;
use phasegate::rules::{self, RuleSet, RunOptions};
use phasegate::verdict::Moment;

/// Table, column, condition that a rule's violations meet, and the rule's check. By hand NaN is looked for as well,
/// where no upper bound finds it: the same question is put on both sides.
const RULES: &[(&str, &str, &str, &str)] = &[
    ("valuations", "portfolio_id", "portfolio_id IS NULL", "not_null = { column = \"portfolio_id\" }"),
    ("valuations", "valuation_date", "valuation_date IS NULL", "not_null = { column = \"valuation_date\" }"),
    ("valuations", "market_value", "market_value IS NULL", "not_null = { column = \"market_value\" }"),
    ("valuations", "net_flow", "net_flow IS NULL", "not_null = { column = \"net_flow\" }"),
    ("valuations", "is_estimated", "is_estimated IS NULL", "not_null = { column = \"is_estimated\" }"),
    (
        "valuations",
        "date_range",
        "valuation_date < '2005-01-01' OR valuation_date > '2099-12-31'",
        "accepted_range = { column = \"valuation_date\", min = \"2005-01-01\", max = \"2099-12-31\" }",
    ),
    (
        "valuations",
        "value_range",
        "market_value < 0 OR market_value = 'NaN'",
        "accepted_range = { column = \"market_value\", min = \"0\" }",
    ),
    (
        "valuations",
        "flow_range",
        "net_flow < -1000000000 OR net_flow > 1000000000",
        "accepted_range = { column = \"net_flow\", min = \"-1000000000\", max = \"1000000000\" }",
    ),
    ("transactions", "portfolio_id", "portfolio_id IS NULL", "not_null = { column = \"portfolio_id\" }"),
    ("transactions", "type", "type IS NULL", "not_null = { column = \"type\" }"),
    ("transactions", "amount", "amount IS NULL", "not_null = { column = \"amount\" }"),
    ("transactions", "traded_on", "traded_on IS NULL", "not_null = { column = \"traded_on\" }"),
    ("transactions", "reference", "reference IS NULL", "not_null = { column = \"reference\" }"),
    (
        "transactions",
        "types",
        "type NOT IN ('contribution', 'withdrawal', 'dividend', 'fee', 'switch')",
        "accepted_values = { column = \"type\", values = [\"contribution\", \"withdrawal\", \"dividend\", \"fee\", \"switch\"] }",
    ),
    (
        "transactions",
        "date_range",
        "traded_on < '2005-01-01' OR traded_on > '2099-12-31'",
        "accepted_range = { column = \"traded_on\", min = \"2005-01-01\", max = \"2099-12-31\" }",
    ),
    (
        "transactions",
        "units_range",
        "units < -1000000000 OR units = 'NaN'",
        "accepted_range = { column = \"units\", min = \"-1000000000\" }",
    ),
    ("holdings", "portfolio_id", "portfolio_id IS NULL", "not_null = { column = \"portfolio_id\" }"),
    ("holdings", "fund_id", "fund_id IS NULL", "not_null = { column = \"fund_id\" }"),
    ("holdings", "units", "units IS NULL", "not_null = { column = \"units\" }"),
    ("holdings", "units_range", "units < 0 OR units = 'NaN'", "accepted_range = { column = \"units\", min = \"0\" }"),
    (
        "holdings",
        "price_range",
        "unit_price < 0 OR unit_price = 'NaN'",
        "accepted_range = { column = \"unit_price\", min = \"0\" }",
    ),
    (
        "holdings",
        "value_range",
        "market_value < 0 OR market_value = 'NaN'",
        "accepted_range = { column = \"market_value\", min = \"0\" }",
    ),
    ("activity_log", "action", "action IS NULL", "not_null = { column = \"action\" }"),
    ("activity_log", "entity", "entity IS NULL", "not_null = { column = \"entity\" }"),
    ("activity_log", "entity_id", "entity_id IS NULL", "not_null = { column = \"entity_id\" }"),
    ("activity_log", "occurred_at", "occurred_at IS NULL", "not_null = { column = \"occurred_at\" }"),
    ("portfolios", "user_id", "user_id IS NULL", "not_null = { column = \"user_id\" }"),
    ("portfolios", "product_id", "product_id IS NULL", "not_null = { column = \"product_id\" }"),
    (
        "portfolios",
        "value",
        "calculated_value < 0 OR calculated_value = 'NaN'",
        "accepted_range = { column = \"calculated_value\", min = \"0\" }",
    ),
    (
        "portfolios",
        "profiles",
        "risk_profile NOT IN ('cautious', 'moderate', 'balanced', 'growth', 'adventurous')",
        "accepted_values = { column = \"risk_profile\", values = [\"cautious\", \"moderate\", \"balanced\", \"growth\", \"adventurous\"] }",
    ),
];

fn main() {
    if !common::asked_for() {
        return;
    }
    let rounds = common::number("rounds", 15);
    let scale = common::number("scale", 200);
    let server = common::durable_server();
    let spec = fill(&server, scale);
    let scratch = tempfile::tempdir().unwrap();
    std::fs::write(scratch.path().join("rules.toml"), rule_file()).unwrap();
    let rule_set = rules::load(scratch.path()).unwrap();
    let statements = by_hand();
    println!(
        "platform of scale {scale}; {} rules over {} tables; one session each side",
        RULES.len(),
        statements.len()
    );
    for statement in &statements {
        println!("{statement}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let limit = || timed(|| runtime.block_on(hand_written(&spec, &statements)));
    let ours = || timed(|| runtime.block_on(by_rules(&spec, &rule_set, statements.len())));
    print(&[Comparison::measure("30 fused rules", Some(1.10), rounds, limit, ours)]);
    server.stop().unwrap();
}

/// The reference platform, built by psql.
fn fill(server: &Server, scale: usize) -> ConnSpec {
    common::new_database(server, "portal");
    let scale = format!("SET platform.scale = '{scale}'");
    for sql in [platform::SCHEMA.to_owned(), format!("{scale};\n{}", platform::DATA), platform::FINISH.to_owned()] {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), sql).unwrap();
        assert!(common::psql(server, "portal").arg("-f").arg(file.path()).output().unwrap().status.success());
    }
    common::query(server, "portal", "VACUUM ANALYZE");
    common::query(server, "portal", "CHECKPOINT");
    ConnSpec::from_url(&server.url("portal")).unwrap()
}

fn rule_file() -> String {
    let rule = |(table, name, _, check): &(&str, &str, &str, &str)| {
        format!("[rules.{table}_{name}]\ntable = \"public.{table}\"\ncheck.{check}\n\n")
    };
    RULES.iter().map(rule).collect()
}

/// One statement a table, in the order of the rules.
fn by_hand() -> Vec<String> {
    let mut statements: Vec<(&str, String)> = Vec::new();
    for (table, _, violates, _) in RULES {
        match statements.last_mut() {
            Some((last, _)) if last == table => {}
            _ => statements.push((*table, "SELECT count(*)".to_owned())),
        }
        let (_, text) = statements.last_mut().unwrap();
        text.push_str(&format!(", count(*) FILTER (WHERE {violates})"));
    }
    statements.into_iter().map(|(table, select)| format!("{select} FROM public.{table}")).collect()
}

/// Returns the rows examined of all rules together, and their violations.
async fn hand_written(spec: &ConnSpec, statements: &[String]) -> (u64, u64) {
    let shared = SharedSnapshot::open(spec, Cancel::never()).await.unwrap();
    let mut session = shared.session().await.unwrap();
    let (mut examined, mut violations) = (0, 0);
    for statement in statements {
        let row = session.one(statement.clone()).await.unwrap();
        let figures: Vec<u64> = row.values().iter().map(|value| value.as_deref().unwrap().parse().unwrap()).collect();
        examined += figures[0];
        violations += figures[1..].iter().sum::<u64>();
    }
    session.close().await;
    shared.close().await;
    (examined, violations)
}

async fn by_rules(spec: &ConnSpec, rule_set: &RuleSet, tables: usize) -> (u64, u64) {
    let shared = SharedSnapshot::open(spec, Cancel::never()).await.unwrap();
    let mut session = shared.session().await.unwrap();
    let catalog = Catalog::read(&mut session).await.unwrap();
    session.close().await;
    let resolution = rules::resolve(rule_set, &catalog, Moment::Before);
    assert_eq!(resolution.rules.len(), RULES.len(), "{:?}", resolution.not_evaluated);
    let facts = rules::run(&resolution.rules, &shared, 1, &RunOptions::default()).await;
    shared.close().await;
    let mut seen: Vec<(String, u64)> = Vec::new();
    for fact in &facts {
        let table = fact.subject.split('.').nth(1).unwrap().to_owned();
        if seen.iter().all(|(known, _)| *known != table) {
            seen.push((table, fact.rows_examined.unwrap()));
        }
    }
    assert_eq!(seen.len(), tables);
    (seen.iter().map(|(_, rows)| rows).sum(), facts.iter().map(|fact| fact.violations.unwrap()).sum())
}

fn timed(work: impl FnOnce() -> (u64, u64)) -> Cost {
    static FIGURES: std::sync::OnceLock<(u64, u64)> = std::sync::OnceLock::new();
    let start = Instant::now();
    let figures = work();
    let wall_s = start.elapsed().as_secs_f64();
    assert_eq!(*FIGURES.get_or_init(|| figures), figures, "both sides must count the same");
    Cost { wall_s, ..Cost::default() }
}
