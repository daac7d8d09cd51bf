//! The chain: every kind of change turns it red, and a killed writer does not.

use super::*;

fn fact(subject: &str, verdict: Verdict) -> Evidence {
    let mut fact = Evidence::new(Topic::Rule, "not_null", subject, verdict).expected("0 NULLs").measured("0 NULLs");
    fact.took_ms = 1.5;
    fact
}

fn verdict_fact(verdict: Verdict) -> Evidence {
    Evidence::new(Topic::Verdict, "verdict", "run", verdict)
}

/// A journal with a header, the facts a, b, c and the verdict: five lines.
fn written() -> (tempfile::TempDir, PathBuf, Vec<Evidence>) {
    let dir = tempfile::tempdir().unwrap();
    let database = DatabaseName { name: "wealth".to_owned(), host: "db1.example:5432".to_owned() };
    let mut journal = Journal::create(dir.path(), RunHeader::new("run-1", "verify", database)).unwrap();
    let mut facts: Vec<Evidence> = ["a", "b", "c"].map(|subject| fact(subject, Verdict::Pass)).to_vec();
    facts.push(verdict_fact(Verdict::Pass));
    for fact in &facts {
        journal.append(fact).unwrap();
    }
    journal.sync().unwrap();
    let path = journal.path().to_owned();
    (dir, path, facts)
}

/// Reads the journal after its lines were changed; the message of the error, without the directory.
fn message_after(change: impl FnOnce(&mut Vec<String>)) -> String {
    let (dir, path, _) = written();
    let text = std::fs::read_to_string(&path).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    change(&mut lines);
    std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    let prefix = format!("{}{}", dir.path().display(), std::path::MAIN_SEPARATOR);
    read(&path).expect_err("the change must be seen").to_string().replace(&prefix, "")
}

#[test]
fn what_was_appended_is_read_back_and_judged() {
    let (_dir, path, facts) = written();
    let run = read(&path).unwrap();
    assert_eq!(run.facts, facts);
    assert_eq!(run.header.run_id, "run-1");
    assert!(run.complete && !run.torn_tail);
    assert_eq!(run.verdict(), Verdict::Pass);
}

#[test]
fn the_head_is_the_hash_of_the_last_line() {
    let (_dir, path, _) = written();
    let text = std::fs::read_to_string(&path).unwrap();
    let run = read(&path).unwrap();
    assert!(text.lines().last().unwrap().contains(&format!("\"hash\":\"{}\"", run.head)));
    // By hand, as the head of this file documents it.
    let mut prev = "0".repeat(64);
    for line in text.lines() {
        let fact = line.strip_suffix('}').unwrap().split_once("\"fact\":").unwrap().1;
        prev = Checksum::of(format!("{prev}\n{fact}").as_bytes()).hex();
    }
    assert_eq!(run.head.hex(), prev);
}

#[test]
fn an_edited_fact_is_named() {
    let message = message_after(|lines| lines[2] = lines[2].replace("\"subject\":\"b\"", "\"subject\":\"x\""));
    assert!(message.starts_with("evidence.jsonl:3: the evidence was changed"), "{message}");
    assert!(message.contains("its hash is not that of its fact"), "{message}");
}

#[test]
fn an_edited_fact_with_a_new_hash_breaks_the_next_line() {
    let message = message_after(|lines| {
        let edited = lines[2].replace("\"subject\":\"b\"", "\"subject\":\"x\"");
        let fact = edited.strip_suffix('}').unwrap().split_once("\"fact\":").unwrap().1;
        let Link { seq, prev, .. } =
            serde_json::from_str(&format!("{}}}", edited.split_once(",\"fact\":").unwrap().0)).unwrap();
        lines[2] = format_line(seq, &prev, &link(&prev, fact), fact).trim_end().to_owned();
    });
    assert!(message.starts_with("evidence.jsonl:4:") && message.contains("does not follow"), "{message}");
}

#[test]
fn an_edited_header_is_named() {
    let message = message_after(|lines| lines[0] = lines[0].replace("wealth", "staging"));
    assert!(message.starts_with("evidence.jsonl:1:") && message.contains("edited"), "{message}");
}

#[test]
fn a_deleted_line_is_named() {
    let message = message_after(|lines| drop(lines.remove(2)));
    assert!(message.starts_with("evidence.jsonl:3:") && message.contains("is 3 and should be 2"), "{message}");
}

#[test]
fn a_deleted_line_whose_gap_was_closed_is_named() {
    let message = message_after(|lines| {
        lines.remove(2);
        for (seq, line) in lines.iter_mut().enumerate() {
            let rest = line.split_once(",\"prev\"").unwrap().1;
            *line = format!("{{\"seq\":{seq},\"prev\"{rest}");
        }
    });
    assert!(message.starts_with("evidence.jsonl:3:") && message.contains("does not follow"), "{message}");
}

#[test]
fn an_inserted_line_is_named() {
    let message = message_after(|lines| lines.insert(3, lines[2].clone()));
    assert!(message.starts_with("evidence.jsonl:4:") && message.contains("is 2 and should be 3"), "{message}");
}

#[test]
fn reordered_lines_are_named() {
    let message = message_after(|lines| lines.swap(1, 2));
    assert!(message.starts_with("evidence.jsonl:2:") && message.contains("is 2 and should be 1"), "{message}");
}

#[test]
fn a_line_in_another_form_is_named() {
    let message = message_after(|lines| lines[1] = lines[1].replacen("{\"seq\":1", "{ \"seq\":1", 1));
    assert!(message.starts_with("evidence.jsonl:2:") && message.contains("rewritten"), "{message}");
    let message = message_after(|lines| lines[1] = "{}".to_owned());
    assert!(message.starts_with("evidence.jsonl:2:") && message.contains("does not have the form"), "{message}");
    let message = message_after(|lines| lines.insert(1, String::new()));
    assert!(message.starts_with("evidence.jsonl:2:"), "{message}");
}

#[test]
fn every_byte_of_the_journal_is_guarded() {
    let (_dir, path, _) = written();
    let bytes = std::fs::read(&path).unwrap();
    for at in 0..bytes.len() - 1 {
        let mut changed = bytes.clone();
        changed[at] ^= 0b0000_0001;
        std::fs::write(&path, &changed).unwrap();
        assert!(read(&path).is_err(), "byte {at} may be changed unseen");
    }
}

#[test]
fn a_torn_last_line_is_left_out_and_never_green() {
    let (_dir, path, facts) = written();
    let bytes = std::fs::read(&path).unwrap();
    // Only the last line feed is missing, then half a line.
    for cut in [1, 40] {
        std::fs::write(&path, &bytes[..bytes.len() - cut]).unwrap();
        let run = read(&path).unwrap();
        assert_eq!(run.facts, facts[..3]);
        assert!(run.torn_tail && !run.complete);
        assert_eq!(run.verdict(), Verdict::NotEvaluated);
    }
}

#[test]
fn torn_bytes_after_the_verdict_are_not_green_either() {
    let (_dir, path, _) = written();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.extend_from_slice(b"{\"seq\":5,\"pr");
    std::fs::write(&path, &bytes).unwrap();
    let run = read(&path).unwrap();
    assert!(run.torn_tail && !run.complete);
    assert_eq!(run.verdict(), Verdict::NotEvaluated);
}

#[test]
fn lines_cut_off_at_the_end_are_not_green() {
    let (_dir, path, _) = written();
    let text = std::fs::read_to_string(&path).unwrap();
    let kept: Vec<&str> = text.lines().take(4).collect();
    std::fs::write(&path, kept.join("\n") + "\n").unwrap();
    let run = read(&path).unwrap();
    assert!(!run.complete && !run.torn_tail);
    assert_eq!(run.verdict(), Verdict::NotEvaluated);
}

#[test]
fn the_recorded_verdict_cannot_be_outvoted() {
    let (_dir, path, _) = written();
    let mut run = read(&path).unwrap();
    run.facts[3] = verdict_fact(Verdict::Fail);
    assert_eq!(run.verdict(), Verdict::Fail);
    run.facts[3] = verdict_fact(Verdict::Pass);
    run.facts[0].verdict = Verdict::Fail;
    assert_eq!(run.verdict(), Verdict::Fail);
}

#[test]
fn an_existing_journal_stays_as_it_is() {
    let (dir, path, _) = written();
    let before = std::fs::read(&path).unwrap();
    let database = DatabaseName { name: "other".to_owned(), host: "h".to_owned() };
    let error = Journal::create(dir.path(), RunHeader::new("run-2", "verify", database)).unwrap_err();
    assert!(matches!(error, JournalError::Exists { .. }), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn an_unwritable_fact_leaves_the_journal_readable() {
    let (_dir, path, _) = written();
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::create(dir.path(), read(&path).unwrap().header).unwrap();
    let mut bad = fact("a", Verdict::Pass);
    bad.took_ms = f64::NAN;
    assert!(matches!(journal.append(&bad), Err(JournalError::Unwritable { .. })));
    journal.append(&fact("b", Verdict::Pass)).unwrap();
    assert_eq!(read(journal.path()).unwrap().facts.len(), 1);
}

#[test]
#[cfg(target_os = "linux")]
fn after_a_full_disk_nothing_more_is_appended() {
    let (_dir, path, _) = written();
    let file = OpenOptions::new().append(true).open("/dev/full").unwrap();
    let mut journal = Journal { file, path, head: genesis(), next_seq: 0, broken: false };
    let head = journal.head();
    assert!(matches!(journal.append(&fact("a", Verdict::Pass)), Err(JournalError::Io { action: "append to", .. })));
    assert!(matches!(journal.append(&fact("b", Verdict::Pass)), Err(JournalError::Broken { .. })));
    assert_eq!(journal.head(), head);
}

#[test]
fn files_that_are_no_journal_are_told_from_newer_ones() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE_NAME);
    for text in ["", "{\"seq\":0,\"prev"] {
        std::fs::write(&path, text).unwrap();
        assert!(matches!(read(&path), Err(JournalError::NoHeader { .. })), "{text}");
    }
    let header = "{\"format_version\":2,\"new_field\":true}";
    std::fs::write(&path, format_line(0, &genesis(), &link(&genesis(), header), header)).unwrap();
    let message = read(&path).unwrap_err().to_string();
    assert!(message.contains("format version 2; this phasegate reads version 1"), "{message}");
    assert!(matches!(read(&dir.path().join("none")), Err(JournalError::Io { action: "read", .. })));
}

#[test]
fn a_thousand_facts_are_appended_quickly() {
    let (_dir, path, _) = written();
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::create(dir.path(), read(&path).unwrap().header).unwrap();
    let start = std::time::Instant::now();
    for number in 0..1_000 {
        journal.append(&fact(&format!("t{number}"), Verdict::Pass)).unwrap();
    }
    let took = start.elapsed();
    assert_eq!(read(journal.path()).unwrap().facts.len(), 1_000);
    // An fsync per line costs more than this on most disks; plain writes cost about a hundredth of it.
    assert!(took.as_secs() < 2, "{took:?}");
}
