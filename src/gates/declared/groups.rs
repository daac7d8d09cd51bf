//! What the gates of a group come to together: one line a component, a scenario, a day.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::{Evidence, Topic};
use crate::verdict::Verdict;

use super::load::GateSet;

/// One fact for each tag with a colon whose gates were all measured, in the order of the tags. Its verdict is the worst of
/// them.
///
/// Where a gate of the group was not chosen, or belongs to another stage, nothing is said: a part is not the whole.
pub fn groups(whole: &GateSet, facts: &[Evidence]) -> Vec<Evidence> {
    let mut measured: BTreeMap<&str, Verdict> = BTreeMap::new();
    for fact in facts {
        let worst = measured.entry(&fact.check).or_insert(fact.verdict);
        *worst = fact.verdict.max(*worst);
    }
    let tags: BTreeSet<&str> =
        whole.gates.iter().flat_map(|gate| &gate.tags).map(String::as_str).filter(|tag| tag.contains(':')).collect();
    tags.into_iter().filter_map(|tag| group(tag, whole, &measured)).collect()
}

fn group(tag: &str, whole: &GateSet, measured: &BTreeMap<&str, Verdict>) -> Option<Evidence> {
    let mut judged: Vec<(&str, Verdict)> = Vec::new();
    for gate in whole.gates.iter().filter(|gate| gate.tags.iter().any(|found| found == tag)) {
        judged.push((&gate.id, *measured.get(gate.id.as_str())?));
    }
    let noun = if judged.len() == 1 { "gate" } else { "gates" };
    let fact = Evidence::new(Topic::Group, "gates", tag, Verdict::fold(judged.iter().map(|(_, verdict)| *verdict)));
    let said = format!("{} {noun}: {}", judged.len(), numbers(&judged));
    Some(fact.expected("every gate of the group holds").measured(said))
}

/// `1 fail (backend_is_healthy), 3 pass`: the worst first, by name where it is no pass.
fn numbers(judged: &[(&str, Verdict)]) -> String {
    let with = |verdict: Verdict| {
        let ids: Vec<&str> = judged.iter().filter(|(_, found)| *found == verdict).map(|(id, _)| *id).collect();
        match verdict {
            _ if ids.is_empty() => None,
            Verdict::Pass => Some(format!("{} {verdict}", ids.len())),
            _ => Some(format!("{} {verdict} ({})", ids.len(), ids.join(", "))),
        }
    };
    let worst_first = [Verdict::Fail, Verdict::NotEvaluated, Verdict::Warn, Verdict::Pass];
    worst_first.into_iter().filter_map(with).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gates::declared::load_embedded;

    const FILE: &str = "
        [gates.a]
        when = ['acceptance']
        tags = ['health:database', 'guide 7.1']
        probe.path = { path = 'x' }
        [gates.b]
        when = ['acceptance', 'continuous']
        tags = ['health:database', 'scenario:1']
        probe.path = { path = 'x' }
        [gates.c]
        when = ['preflight']
        tags = ['scenario:1', 'due:T-1']
        probe.path = { path = 'x' }
    ";

    fn lines(facts: &[(&str, Verdict)]) -> Vec<String> {
        let set = load_embedded(&[("g.toml", FILE)]).unwrap();
        let fact = |(id, verdict): &(&str, Verdict)| Evidence::new(Topic::GateAfter, *id, "x", *verdict);
        let facts: Vec<Evidence> = facts.iter().map(fact).collect();
        let said = groups(&set, &facts);
        said.iter().map(|fact| format!("{}: {}: {}", fact.subject, fact.verdict, fact.measured)).collect()
    }

    #[test]
    fn the_worst_gate_stands_for_its_group() {
        let found = lines(&[("a", Verdict::Pass), ("b", Verdict::Pass), ("b", Verdict::Fail)]);
        assert_eq!(found, ["health:database: fail: 2 gates: 1 fail (b), 1 pass"]);
        let found = lines(&[("b", Verdict::Pass), ("c", Verdict::Warn)]);
        assert_eq!(found, ["due:T-1: warn: 1 gate: 1 warn (c)", "scenario:1: warn: 2 gates: 1 warn (c), 1 pass"]);
    }

    #[test]
    fn a_part_of_a_group_is_never_green() {
        assert_eq!(lines(&[("a", Verdict::Pass)]), [""; 0]);
        let found = lines(&[("a", Verdict::NotEvaluated), ("b", Verdict::Pass)]);
        assert_eq!(found[0], "health:database: not evaluated: 2 gates: 1 not evaluated (a), 1 pass");
    }

    #[test]
    fn nothing_measured_makes_no_group() {
        assert_eq!(lines(&[]), [""; 0]);
    }
}
