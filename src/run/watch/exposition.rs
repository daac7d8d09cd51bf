//! The text that Prometheus reads (exposition format 0.0.4).

use time::OffsetDateTime;

use super::board::{VERDICTS, Watched, place};

/// Everything that is known of the gates at this moment.
pub(super) fn text(gates: &[Watched], now: OffsetDateTime) -> String {
    let mut out = String::new();
    let verdict = |gate: &Watched| place(gate.verdict).to_string();
    family(&mut out, "verdict", "gauge", "0 pass, 1 warn, 2 not evaluated, 3 fail", gates, verdict);
    family(&mut out, "took_ms", "gauge", "how long the last measurement took", gates, |gate| gate.took_ms.to_string());
    let age = |gate: &Watched| (now - gate.at).as_seconds_f64().max(0.0).to_string();
    family(&mut out, "age_seconds", "gauge", "how long ago it was measured", gates, age);
    head(&mut out, "rounds_total", "counter", "rounds by what the gate said");
    for gate in gates {
        for verdict in VERDICTS {
            let (name, word, count) = (escaped(&gate.gate), verdict.word(), gate.rounds[place(verdict)]);
            out.push_str(&format!("phasegate_gate_rounds_total{{gate=\"{name}\",verdict=\"{word}\"}} {count}\n"));
        }
    }
    out
}

fn family(out: &mut String, name: &str, kind: &str, help: &str, gates: &[Watched], value: impl Fn(&Watched) -> String) {
    head(out, name, kind, help);
    for gate in gates {
        out.push_str(&format!("phasegate_gate_{name}{{gate=\"{}\"}} {}\n", escaped(&gate.gate), value(gate)));
    }
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    out.push_str(&format!("# HELP phasegate_gate_{name} {help}\n# TYPE phasegate_gate_{name} {kind}\n"));
}

/// As a label's value.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Verdict;

    #[test]
    fn every_family_is_headed_and_every_gate_has_a_line() {
        let now = OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(90);
        let gate = Watched {
            gate: "a\"b".into(),
            verdict: Verdict::Fail,
            since: OffsetDateTime::UNIX_EPOCH,
            at: OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(60),
            took_ms: 12.5,
            subject: String::new(),
            measured: String::new(),
            rounds: [3, 0, 0, 2],
        };
        let expected = "# HELP phasegate_gate_verdict 0 pass, 1 warn, 2 not evaluated, 3 fail\n\
            # TYPE phasegate_gate_verdict gauge\n\
            phasegate_gate_verdict{gate=\"a\\\"b\"} 3\n\
            # HELP phasegate_gate_took_ms how long the last measurement took\n\
            # TYPE phasegate_gate_took_ms gauge\n\
            phasegate_gate_took_ms{gate=\"a\\\"b\"} 12.5\n\
            # HELP phasegate_gate_age_seconds how long ago it was measured\n\
            # TYPE phasegate_gate_age_seconds gauge\n\
            phasegate_gate_age_seconds{gate=\"a\\\"b\"} 30\n\
            # HELP phasegate_gate_rounds_total rounds by what the gate said\n\
            # TYPE phasegate_gate_rounds_total counter\n\
            phasegate_gate_rounds_total{gate=\"a\\\"b\",verdict=\"pass\"} 3\n\
            phasegate_gate_rounds_total{gate=\"a\\\"b\",verdict=\"warn\"} 0\n\
            phasegate_gate_rounds_total{gate=\"a\\\"b\",verdict=\"not evaluated\"} 0\n\
            phasegate_gate_rounds_total{gate=\"a\\\"b\",verdict=\"fail\"} 2\n";
        assert_eq!(text(&[gate], now), expected);
    }
}
