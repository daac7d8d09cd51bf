//! Services over TLS: whom the http probes, the loads and the metrics trust. It is the system, as the driver of the database
//! and the tls probe do, or the file that `ca` names, and nobody else.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;
mod service;
mod tls;

use std::path::Path;
use std::process::Command;

use phasegate::evidence::{Evidence, journal};
use phasegate::verdict::Verdict;
use service::Service;
use tls::Made;

/// A gate, a load and a metric of this service.
fn declare(made: &Made, url: &str, ca: &str) {
    let folder = made.folder.path().join("integrity_rules");
    std::fs::create_dir_all(&folder).unwrap();
    let text = format!(
        "[gates.it]\nwhen = [\"acceptance\"]\nprobe.http = {{ url = \"{url}\", requests = [{{ path = \"/health\" }}]{ca} }}\n\
         [loads.it]\nurl = \"{url}\"\nduration = \"1s\"\nthink_time = \"0\"\nrequests = [{{ path = \"/health\" }}]{}\n\
         [metrics.it]\nmeasure.http = {{ url = \"{url}\", request = {{ path = \"/health\" }}{ca} }}\nruns = 6\n",
        ca.replacen(", ", "\n", 1)
    );
    std::fs::write(folder.join("g.toml"), text).unwrap();
}

/// What a command says of them, in a system that trusts the authorities of this file alone.
fn said(made: &Made, system: &Path, words: &[&str]) -> Vec<Evidence> {
    let _ = std::fs::remove_dir_all(made.folder.path().join("snapshots"));
    let mut command = Command::new(common::phasegate());
    command.args(["--database", "postgresql://nobody@127.0.0.1:1/none"]).args(words).env_clear();
    command.env("SSL_CERT_FILE", system).current_dir(made.folder.path());
    let output = command.output().unwrap();
    let run = std::fs::read_dir(made.folder.path().join("snapshots")).unwrap().map(|run| run.unwrap().path());
    let journal = run.map(|run| run.join(journal::FILE_NAME)).find(|path| path.exists());
    let journal = journal.unwrap_or_else(|| panic!("{words:?}: {}", String::from_utf8_lossy(&output.stderr)));
    let facts = journal::read(&journal).unwrap().facts;
    facts.into_iter().filter(|fact| fact.check == "it" && fact.topic.judges()).collect()
}

const ALL: [&[&str]; 3] =
    [&["gates", "--stage", "acceptance"], &["load", "--users", "1"], &["baseline", "capture", "b"]];

fn of(service: &Service) -> String {
    format!("https://localhost:{}", service.port())
}

#[test]
fn the_authorities_of_the_system_are_trusted_and_those_of_a_file_in_their_place() {
    let made = Made::new();
    let good = made.service("good");
    let (ours, other) = (made.file("ca.crt"), made.file("other.crt"));
    for (ca, system) in [("", &ours), (", ca = \"ca.crt\"", &other)] {
        declare(&made, &of(&good), ca);
        for words in ALL {
            let facts = said(&made, system, words);
            // A slow machine may send too few requests of a load to judge more than that they got through.
            let is_red =
                facts.iter().any(|fact| fact.verdict == Verdict::Fail || fact.measured.contains("certificate"));
            assert!(facts[0].verdict == Verdict::Pass && !is_red, "{ca} {words:?}: {facts:#?}");
        }
    }
}

#[test]
fn an_authority_that_nobody_trusts_is_told_with_what_to_do() {
    let made = Made::new();
    let good = made.service("good");
    let (ours, other) = (made.file("ca.crt"), made.file("other.crt"));
    for (ca, system) in [("", &other), (", ca = \"other.crt\"", &ours)] {
        declare(&made, &of(&good), ca);
        for words in ALL {
            let facts = said(&made, system, words);
            let told = |fact: &Evidence| {
                fact.measured.contains("its certificate is not accepted: no trusted authority signed it")
            };
            let red = |fact: &Evidence| matches!(fact.verdict, Verdict::Fail | Verdict::NotEvaluated);
            assert!(facts.iter().any(|fact| red(fact) && told(fact)), "{ca} {words:?}: {facts:#?}");
            assert!(!facts.iter().any(|fact| fact.verdict == Verdict::Pass), "{ca} {words:?}: {facts:#?}");
        }
        let gate = &said(&made, system, ALL[0])[0];
        assert_eq!(gate.verdict, Verdict::NotEvaluated);
        assert!(gate.remedy.as_deref().unwrap().contains("ca = \"authority.pem\""), "{gate:?}");
        assert_eq!(good.requests(), 0, "nothing is sent to who is not trusted");
    }
}

#[test]
fn without_any_authority_nothing_is_judged_but_what_needs_none() {
    let made = Made::new();
    let (good, plain) = (made.service("good"), Service::start());
    let nothing = made.file("nothing.crt");
    std::fs::write(&nothing, "").unwrap();
    declare(&made, &of(&good), "");
    for words in ALL {
        let facts = said(&made, &nothing, words);
        assert!(!facts.is_empty() && facts.iter().all(|fact| fact.verdict == Verdict::NotEvaluated), "{facts:#?}");
        let fact = &facts[0];
        assert!(fact.measured.contains("the system trusts no authority"), "{fact:?}");
        assert!(fact.remedy.as_deref().unwrap().contains("ca = "), "{fact:?}");
    }
    declare(&made, &plain.url(), "");
    assert_eq!(said(&made, &nothing, ALL[0])[0].verdict, Verdict::Pass);
    for (ca, problem) in [("none.crt", "none.crt: "), ("good.key", "there is no certificate in it")] {
        declare(&made, &of(&good), &format!(", ca = \"{ca}\""));
        let fact = &said(&made, &made.file("ca.crt"), ALL[0])[0];
        assert_eq!(fact.verdict, Verdict::NotEvaluated);
        assert!(fact.measured.contains(problem) && fact.remedy.is_some(), "{fact:?}");
    }
}
