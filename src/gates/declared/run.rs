//! Measuring: gate after gate, each within its time.

use std::time::{Duration, Instant};

use crate::evidence::{Evidence, Topic};
use crate::verdict::{Stage, Verdict};

use super::bench::{Bench, Platform};
use super::gate::DeclaredGate;
use super::kind::{Finding, Unmeasured};
use super::load::GateSet;
use super::words::described;

/// Measures and judges the gates of one stage: at least one fact each, in the order of the files.
///
/// One after the other, since a gate that measures time must not share the machine with the next one. What did not end
/// within its limit is not evaluated; when the work is cancelled, so are all that follow.
pub async fn run(set: &GateSet, stage: Stage, platform: &Platform) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    for gate in set.at(stage) {
        let start = Instant::now();
        let mut facts = match measure(gate, stage, platform).await {
            Ok(findings) if findings.is_empty() => {
                vec![unmeasured(gate, stage, Unmeasured::new("the probe looked at nothing"))]
            }
            Ok(findings) => findings.into_iter().map(|finding| fact(gate, stage, finding)).collect(),
            Err(reason) => vec![unmeasured(gate, stage, reason)],
        };
        let took = start.elapsed().as_secs_f64() * 1000.0;
        let share = facts.len().max(1);
        for fact in &mut facts {
            fact.took_ms = took / share as f64;
        }
        evidence.extend(facts);
    }
    evidence
}

async fn measure(gate: &DeclaredGate, stage: Stage, platform: &Platform) -> Result<Vec<Finding>, Unmeasured> {
    let limit = Duration::from_millis(gate.timeout_ms.unwrap_or(platform.timeout_ms));
    let bench = Bench::new(platform, stage, &gate.id, limit);
    let over = || {
        Unmeasured::new(format!("it did not end within {} ms", limit.as_millis()))
            .remedy(format!("see why {} does not answer, or give the gate a longer timeout", gate.probe.subject()))
    };
    bench.bounded(gate.probe.measure(&bench), over).await
}

fn fact(gate: &DeclaredGate, stage: Stage, finding: Finding) -> Evidence {
    let verdict = finding.outcome.verdict(gate.severity);
    let subject = if finding.subject.is_empty() { gate.probe.subject() } else { finding.subject };
    let mut fact = Evidence::new(topic(stage), &gate.id, subject, verdict)
        .expected(described(&gate.description, &finding.expected))
        .measured(finding.measured);
    fact.samples = finding.samples;
    fact.probe = finding.probe;
    fact.remedy = told(gate, verdict, finding.remedy);
    fact
}

fn unmeasured(gate: &DeclaredGate, stage: Stage, reason: Unmeasured) -> Evidence {
    let mut fact = Evidence::new(topic(stage), &gate.id, gate.probe.subject(), Verdict::NotEvaluated)
        .expected(described(&gate.description, ""))
        .measured(format!("not evaluated: {}", reason.reason));
    fact.remedy = told(gate, Verdict::NotEvaluated, reason.remedy);
    fact
}

/// What to do, and whom to ask.
fn told(gate: &DeclaredGate, verdict: Verdict, remedy: Option<String>) -> Option<String> {
    let owner = (verdict != Verdict::Pass && !gate.owner.is_empty()).then(|| format!("{} answers for it", gate.owner));
    let words: Vec<String> = remedy.into_iter().chain(owner).collect();
    (!words.is_empty()).then(|| words.join("; "))
}

fn topic(stage: Stage) -> Topic {
    match stage {
        Stage::Preflight | Stage::Before => Topic::GateBefore,
        Stage::EachPhase | Stage::After | Stage::Acceptance | Stage::Continuous => Topic::GateAfter,
    }
}
