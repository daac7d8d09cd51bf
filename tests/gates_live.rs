//! Gates against a real server where their answer is not simply yes or no.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use phasegate::db::{Cancel, ConnSpec, Session, SharedSnapshot};
use phasegate::evidence::Evidence;
use phasegate::gates::{self, GATE_KINDS, GateContext, GatesConfig};
use phasegate::verdict::{Moment, Verdict};

async fn measure(spec: &ConnSpec, moment: Moment, config: &str) -> Vec<Evidence> {
    let config: GatesConfig = toml::from_str(config).unwrap();
    let mut snapshot = SharedSnapshot::open(spec, Cancel::never()).await.unwrap();
    let context = GateContext { own_pids: vec![snapshot.keeper().backend_pid()], ..GateContext::default() };
    let evidence = gates::run(&config, moment, &snapshot, &context).await;
    snapshot.close().await;
    evidence
}

fn of<'a>(evidence: &'a [Evidence], gate: &str) -> Vec<&'a Evidence> {
    evidence.iter().filter(|fact| fact.check == gate).collect()
}

#[tokio::test]
async fn an_empty_database_passes_and_says_that_there_was_nothing() {
    let spec = common::database().await;
    let after = measure(&spec, Moment::After, "").await;
    assert!(after.iter().all(|fact| fact.verdict == Verdict::Pass), "{after:#?}");
    let measured: Vec<&str> = after.iter().map(|fact| fact.measured.as_str()).collect();
    let expected = [
        "0 invalid of 0 indexes looked at",
        "0 not valid of 0 constraints looked at",
        "0 not firing of 0 triggers looked at",
        "0 behind of 0 sequences looked at",
        "0 orphans under 0 of 0 foreign keys",
    ];
    assert_eq!(measured, expected);
}

#[tokio::test]
async fn every_gate_is_measured_at_its_moments_and_only_while_enabled() {
    let spec = common::database().await;
    for moment in [Moment::Before, Moment::After] {
        let found: Vec<String> = measure(&spec, moment, "").await.into_iter().map(|fact| fact.check).collect();
        let kinds = GATE_KINDS.iter().filter(|kind| kind.moments.contains(&moment));
        assert_eq!(found, kinds.map(|kind| kind.name).collect::<Vec<_>>());
    }
    let all_off: String = GATE_KINDS.iter().map(|kind| format!("[{}]\nenabled = false\n", kind.name)).collect();
    let off = measure(&spec, Moment::Before, &all_off).await;
    assert!(!off.is_empty());
    assert!(off.iter().all(|fact| !fact.topic.judges() && fact.measured.contains("switched off")), "{off:?}");
}

#[tokio::test]
async fn free_space_that_cannot_be_known_is_said_to_be_unknown() {
    let spec = common::database().await;
    let evidence = measure(&spec, Moment::Before, "").await;
    let fact = of(&evidence, "disk_headroom")[0];
    assert_eq!(fact.verdict, Verdict::Pass);
    assert_eq!(fact.measured, "free space is not known: the server is not on this machine");
    let evidence = measure(&spec, Moment::Before, "[disk_headroom]\nif_unknown = \"fail\"").await;
    assert_eq!(of(&evidence, "disk_headroom")[0].verdict, Verdict::Fail);
}

#[tokio::test]
async fn what_a_role_may_not_see_is_not_green() {
    let spec = common::database().await;
    common::sql(
        &spec,
        "CREATE ROLE gates_reader LOGIN; CREATE TABLE public.t (id serial PRIMARY KEY, parent int REFERENCES public.t)",
    )
    .await;
    let mut reader = spec.clone();
    reader.user = "gates_reader".into();
    let other = Session::connect(&spec).await.unwrap();
    let before = measure(&reader, Moment::Before, "").await;
    other.close().await;
    let transactions = of(&before, "long_transactions")[0];
    assert_eq!(transactions.verdict, Verdict::Warn);
    assert!(transactions.measured.contains("do not show their age"), "{}", transactions.measured);
    let after = measure(&reader, Moment::After, "").await;
    for (gate, reason) in
        [("sequences_behind", "permission denied for"), ("foreign_keys_hold", "permission denied for table t")]
    {
        let facts = of(&after, gate);
        let unknown = facts.iter().find(|fact| fact.verdict == Verdict::NotEvaluated);
        assert!(unknown.unwrap().measured.contains(reason), "{facts:#?}");
    }
    // The gates that need no rights are measured all the same.
    assert_eq!(of(&after, "invalid_indexes")[0].verdict, Verdict::Pass);
}

#[test]
fn an_unknown_setting_is_refused_with_its_place() {
    let error = toml::from_str::<GatesConfig>("[server_version]\nmin = 13\nmaximum = 18\n").unwrap_err();
    assert!(error.to_string().contains("line 3, column 1"), "{error}");
    assert!(error.to_string().contains("expected one of `enabled`, `severity`, `min`, `max`"), "{error}");
}
