//! Killed in the middle of a statement, of every kind.

use crate::kinds::{KINDS, Kind, SETUP};
use crate::site::Site;
use crate::{SEEN, own_server};

async fn prepared(site: &Site, kind: &Kind) {
    site.sql(SETUP).await;
    site.phase("1_kind.sql", &kind.phase());
}

async fn ran_once(site: &Site, kind: &Kind) {
    assert_eq!(site.value(SEEN).await, kind.expected(), "{}", kind.name);
    assert_eq!(site.value(&format!("SELECT {}", kind.check)).await, "t", "{}", kind.name);
    let invalid = "SELECT string_agg(indexrelid::regclass::text, ', ') FROM pg_index WHERE NOT indisvalid";
    assert_eq!(site.value(invalid).await, "NULL", "{}", kind.name);
}

fn assert_half_way(kind: &Kind, state: &(String, String)) {
    if kind.transactional {
        assert_eq!(state.0, "pending", "{}", kind.name);
    } else {
        let note = "1 statement took effect, statement 2 was under way";
        assert_eq!((state.0.as_str(), state.1.as_str()), ("half-run", note), "{}", kind.name);
    }
}

/// The server does not notice a killed client before it looks; it may finish what it was told.
#[tokio::test]
async fn the_program_is_killed_and_the_server_goes_on() {
    for kind in KINDS {
        let site = Site::new().await;
        prepared(&site, kind).await;
        let holder = site.hold(kind.hold).await;
        let running = site.apply();
        site.until_blocked(kind.marker()).await;
        running.kill();
        let (state, note) = site.state().await;
        match kind.transactional {
            true => assert_eq!(state, "pending"),
            false => assert_eq!((state.as_str(), note.starts_with("run ")), ("running", true), "{note}"),
        }
        let mut next = site.start(&["migrate", "--apply-only"]);
        next.until_said("waiting for server process").await;
        assert!(next.said().contains(kind.marker()), "{}", next.said());
        holder.close().await;
        let next = next.ended().await;
        assert_eq!(next.code, Some(2), "{}: {next:?}", kind.name);
        site.chain_holds().await;
        ran_once(&site, kind).await;
        site.holds().await;
    }
}

/// The server looks after a few seconds, and ends what nobody waits for.
#[tokio::test]
async fn the_program_is_killed_and_the_server_gives_up() {
    let mut sites = Vec::new();
    for kind in KINDS {
        let site = Site::new().await;
        prepared(&site, kind).await;
        let holder = site.hold(kind.hold).await;
        let running = site.apply();
        site.until_blocked(kind.marker()).await;
        running.kill();
        sites.push((kind, site, holder));
    }
    for (kind, site, holder) in sites {
        site.until_gone().await;
        assert_half_way(kind, &site.state().await);
        holder.close().await;
        site.finish().await;
        ran_once(&site, kind).await;
    }
}

#[tokio::test]
async fn the_server_is_killed() {
    let server = own_server();
    let mut sites = Vec::new();
    for kind in KINDS {
        let site = Site::on(&server, kind.name).await;
        prepared(&site, kind).await;
        let holder = site.hold(kind.hold).await;
        let running = site.apply();
        site.until_blocked(kind.marker()).await;
        sites.push((kind, site, holder, running));
    }
    server.kill().unwrap();
    let mut left = Vec::new();
    for (kind, site, holder, running) in sites {
        drop(holder);
        let began = std::time::Instant::now();
        let done = running.ended().await;
        assert!(began.elapsed().as_secs() < 20, "{}", kind.name);
        let (code, remains) =
            if kind.transactional { (3, "nothing of it remains") } else { (4, "DONE in the log remain") };
        assert_eq!(done.code, Some(code), "{}: {done:?}", kind.name);
        assert!(done.out.contains(remains), "{}: {done:?}", kind.name);
        assert!(done.err.contains("the ERROR row could not be written"), "{}: {done:?}", kind.name);
        left.push((kind, site));
    }
    server.restart().unwrap();
    for (kind, site) in left {
        assert_half_way(kind, &site.state().await);
        site.finish().await;
        ran_once(&site, kind).await;
    }
}

/// A COPY waits in the middle of its data, by a trigger.
const COPY_SETUP: &str = "
CREATE TABLE gate (a int);
CREATE TABLE seen (n int);
CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 FROM gate; RETURN NEW; END $$;
CREATE TRIGGER wait BEFORE INSERT ON seen FOR EACH ROW WHEN (NEW.n = 30000) EXECUTE FUNCTION wait();
";

fn copy_phase(mode: &str) -> String {
    let mut text = format!("-- phasegate: transaction = {mode}\n-- phasegate: lock_timeout = 0\n");
    text.push_str("INSERT INTO seen VALUES (-1);\nCOPY seen FROM stdin;\n");
    for n in 0..60_000 {
        text.push_str(&format!("{n}\n"));
    }
    text.push_str("\\.\nINSERT INTO seen VALUES (-2);\n");
    text
}

async fn copied_once(site: &Site) {
    let seen = "SELECT count(*) || ' ' || count(DISTINCT n) || ' ' || sum(n) FROM seen";
    assert_eq!(site.value(seen).await, "60002 60002 1799969997");
}

#[tokio::test]
async fn killed_in_the_middle_of_a_copy() {
    let server = own_server();
    for mode in ["phase", "none"] {
        let site = Site::on(&server, &format!("copy_{mode}")).await;
        site.sql(COPY_SETUP).await;
        site.phase("1_copy.sql", &copy_phase(mode));
        for kill_server in [true, false] {
            let holder = site.hold("LOCK TABLE gate").await;
            let running = site.apply();
            site.until_blocked("COPY").await;
            if kill_server {
                server.kill().unwrap();
                drop(holder);
                let done = running.ended().await;
                assert_eq!(done.code, Some(if mode == "phase" { 3 } else { 4 }), "{done:?}");
                server.restart().unwrap();
            } else {
                running.kill();
                holder.close().await;
                site.until_gone().await;
            }
            let state = site.state().await;
            assert_eq!(state.0, if mode == "phase" { "pending" } else { "half-run" }, "{state:?}");
            let left = if mode == "phase" { "0" } else { "1" };
            assert_eq!(site.value("SELECT count(*) FROM seen").await, left);
        }
        site.finish().await;
        copied_once(&site).await;
    }
}

/// The program is stopped while a statement waits, so that it is killed exactly before it could send the next one.
#[tokio::test]
async fn killed_between_two_statements() {
    for mode in ["phase", "none"] {
        let site = Site::new().await;
        site.sql("CREATE TABLE seen (n int); CREATE TABLE gate (a int)").await;
        // In one transaction, short statements travel together; a long comment makes the first message full.
        let filler = "x".repeat(70_000);
        let text = format!(
            "-- phasegate: transaction = {mode}\n-- phasegate: lock_timeout = 0\n\
             INSERT INTO seen SELECT 1 + count(*) /* {filler} */ FROM gate;\nINSERT INTO seen VALUES (2);\n"
        );
        site.phase("1_two.sql", &text);
        let holder = site.hold("LOCK TABLE gate").await;
        let running = site.apply();
        site.until_blocked("INSERT INTO seen").await;
        running.signal("STOP");
        holder.close().await;
        let waits = if mode == "phase" { "idle in transaction" } else { "idle" };
        site.until(&format!(
            "EXISTS (SELECT FROM pg_stat_activity WHERE {} AND state = '{waits}' AND datname = current_database())",
            crate::site::WORK
        ))
        .await;
        running.kill();
        site.until_gone().await;
        let state = site.state().await;
        match mode {
            "phase" => assert_eq!(state.0, "pending"),
            _ => assert_eq!((state.0.as_str(), state.1.as_str()), ("half-run", "1 statement took effect")),
        }
        site.finish().await;
        assert_eq!(site.value(SEEN).await, "1,2");
    }
}

/// The whole way, with gates, rules and snapshots: what the killed run did is proven by the next one.
#[tokio::test]
async fn a_killed_run_is_finished_and_proven() {
    let site = Site::new().await;
    site.sql("CREATE TABLE seen (n int PRIMARY KEY); INSERT INTO seen VALUES (0); CREATE TABLE gate (a int)").await;
    let header = "-- phasegate: lock_timeout = 0\n-- phasegate: inserts public.seen\n";
    let rule = "[rules.seen_is_there]\ndescription = \"something was seen\"\ntable = \"public.seen\"\n\
                check.row_count = { min = 1, max = 9 }\n";
    std::fs::write(site.path("integrity_rules").join("rules.toml"), rule).unwrap();
    let holder = site.hold("LOCK TABLE gate IN EXCLUSIVE MODE").await;
    site.phase("1_one.sql", &format!("{header}LOCK TABLE gate;\nINSERT INTO seen VALUES (1);\n"));
    let running = site.start(&["migrate"]);
    site.until_blocked("LOCK TABLE gate").await;
    running.kill();
    holder.close().await;
    let done = site.run(&["migrate"]).await;
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.out.contains("GO"), "{done:?}");
    assert_eq!(site.value(SEEN).await, "0,1");
    site.holds().await;
}
