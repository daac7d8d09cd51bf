//! Ways to a server, and ways that end.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use phasegate::db::{Cancel, ConnSpec, Env, LockOutcome, LockedSession, Secret, Session, SharedSnapshot};
use phasegate::disposable::Server;

use crate::{SECRET, key, locked, options, server, session, soon, spec, spec_of, until_asleep};

#[tokio::test]
async fn a_listener_that_never_answers_is_left_in_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgresql://u@127.0.0.1:{}/d?connect_timeout=1", silent.local_addr().unwrap().port());
    let began = Instant::now();
    let error = Session::connect(&ConnSpec::from_url(&url).unwrap()).await.unwrap_err();
    assert!((900..4000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    assert!(error.to_string().contains("no answer within 1000 ms (connect_timeout)"), "{error}");
}

#[tokio::test]
async fn hosts_are_tried_in_order_and_all_are_named_when_none_answers() {
    let (dir, port) = (server().host().into_string().unwrap(), server().port());
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let dsn = format!("host=127.0.0.1,{dir} port={closed},{port} user=postgres");
    let mut session = Session::connect(&ConnSpec::from_url(&dsn).unwrap()).await.unwrap();
    assert!(session.one("SELECT 1").await.is_ok());
    let dsn = format!("host=127.0.0.1,localhost port={closed} user=postgres connect_timeout=5");
    let error = Session::connect(&ConnSpec::from_url(&dsn).unwrap()).await.unwrap_err().to_string();
    assert!(error.contains("postgres@127.0.0.1:") && error.contains("postgres@localhost:"), "{error}");
    // A database that is not there ends the search at once.
    let dsn = format!("host={dir},{dir} port={port} user=postgres dbname=absent");
    let error = Session::connect(&ConnSpec::from_url(&dsn).unwrap()).await.unwrap_err();
    assert_eq!(error.code(), Some("3D000"));
}

#[tokio::test]
async fn a_wrong_password_is_said_and_not_shown() {
    let server = Server::start(&phasegate::disposable::Options { tcp: true, ..options() }).unwrap();
    let mut admin = spec_of(&server);
    admin.application_name = "admin".into();
    let LockOutcome::Held(mut admin) =
        LockedSession::acquire(&admin, key(), Duration::ZERO, Cancel::never()).await.unwrap()
    else {
        panic!("nobody else asks for it");
    };
    admin.run("CREATE ROLE ada LOGIN PASSWORD 'it''s right'").await.unwrap();
    let dsn = format!("host=127.0.0.1 port={} user=ada dbname=postgres", server.port());
    let wrong = ConnSpec::from_url(&format!("{dsn} password={SECRET}")).unwrap();
    let error = Session::connect(&wrong).await.unwrap_err();
    assert_eq!(error.code(), Some("28P01"));
    let text = format!("{error} {error:?}");
    assert!(text.contains("password authentication failed for user \"ada\"") && !text.contains(SECRET), "{text}");
    let right = ConnSpec::from_url(&format!("{dsn} password='it\\'s right'")).unwrap();
    assert_eq!(Session::connect(&right).await.unwrap().one("SELECT current_user").await.unwrap().at(0), Some("ada"));
    // From the password file, found by host and port.
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("pgpass");
    std::fs::write(&file, format!("127.0.0.1:{}:postgres:ada:it's right\n*:*:*:*:no\n", server.port())).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let env = Env::new([("PGPASSFILE", file.display().to_string())]);
    let (by_file, notes) = ConnSpec::resolve(Some(&dsn), &env).unwrap();
    assert!(notes.is_empty(), "{notes:?}");
    assert!(Session::connect(&by_file).await.is_ok());
    server.stop().unwrap();
}

#[tokio::test]
async fn no_debug_form_shows_the_password() {
    let mut spec = spec();
    spec.password = Some(Secret::new(SECRET));
    let session = Session::connect(&spec).await.unwrap();
    let snapshot = SharedSnapshot::open(&spec, Cancel::never()).await.unwrap();
    let outcome = LockedSession::acquire(&spec, key(), Duration::ZERO, Cancel::never()).await.unwrap();
    let mut dead = spec.clone();
    dead.hosts = vec![("/nonexistent".into(), 1)];
    let error = Session::connect(&dead).await.unwrap_err();
    for text in [
        format!("{spec:?}"),
        format!("{session:?}"),
        format!("{snapshot:?}"),
        format!("{outcome:?}"),
        format!("{error:?} {error}"),
        spec.target(),
    ] {
        assert!(!text.is_empty() && !text.contains(SECRET), "{text}");
    }
}

#[tokio::test]
async fn a_standby_is_read_and_not_written() {
    let primary = Server::start(&options()).unwrap();
    let standby = primary.standby().unwrap();
    let refused = LockedSession::acquire(&spec_of(&standby), key(), Duration::ZERO, Cancel::never()).await;
    let error = refused.unwrap_err().to_string();
    assert!(error.contains("hot standby") && error.contains("connect to the primary"), "{error}");
    let snapshot = SharedSnapshot::open(&spec_of(&standby), Cancel::never()).await.unwrap();
    assert!(snapshot.lsn().is_some());
    snapshot.session().await.unwrap().one("SELECT 1").await.unwrap();
    let dsn = |servers: [&Server; 2], wanted: &str| {
        let hosts = servers.map(|server| server.host().into_string().unwrap()).join(",");
        let ports = servers.map(|server| server.port().to_string()).join(",");
        ConnSpec::from_url(&format!("host={hosts} port={ports} user=postgres target_session_attrs={wanted}")).unwrap()
    };
    let both = [[&standby, &primary], [&primary, &standby]];
    for (wanted, in_recovery) in
        [("read-write", "f"), ("primary", "f"), ("read-only", "t"), ("standby", "t"), ("prefer-standby", "t")]
    {
        for servers in both {
            let mut session = Session::connect(&dsn(servers, wanted)).await.unwrap();
            let row = session.one("SELECT pg_is_in_recovery()").await.unwrap();
            assert_eq!(row.at(0), Some(in_recovery), "{wanted}");
        }
    }
    let error = Session::connect(&dsn([&primary, &primary], "standby")).await.unwrap_err().to_string();
    assert!(error.contains("not a standby (target_session_attrs=standby)"), "{error}");
    assert!(Session::connect(&dsn([&primary, &primary], "prefer-standby")).await.is_ok());
    // Both connections of a writer go to the same of several hosts.
    let two = dsn([&standby, &primary], "read-write");
    let outcome = LockedSession::acquire(&two, key(), Duration::ZERO, Cancel::never());
    assert!(matches!(outcome.await, Ok(LockOutcome::Held(_))));
}

#[tokio::test]
async fn the_servers_probes_of_a_silent_client_are_on() {
    let mut reader = session().await;
    let mut writer = locked().await;
    for (setting, value) in [("client_connection_check_interval", "5s"), ("tcp_keepalives_idle", "0")] {
        // Over a Unix socket the keepalives read as 0, whatever was set.
        let sql = format!("SHOW {setting}");
        if setting == "client_connection_check_interval" && !cfg!(target_os = "linux") {
            continue;
        }
        assert_eq!(reader.one(sql.as_str()).await.unwrap().at(0), Some(value), "{setting}");
        assert_eq!(writer.run(sql).await.unwrap().rows[0].at(0), Some(value), "{setting}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_host_that_comes_up_later_gets_no_second_connection() {
    let other = Server::start(&options()).unwrap();
    let (dir, port) = (tempfile::tempdir().unwrap(), server().port());
    let hosts = format!("{},{}", dir.path().display(), server().host().into_string().unwrap());
    let spec = ConnSpec::from_url(&format!("host={hosts} port={port} user=postgres")).unwrap();
    let LockOutcome::Held(mut writer) =
        LockedSession::acquire(&spec, key(), Duration::ZERO, Cancel::never()).await.unwrap()
    else {
        panic!("nobody else asks for it");
    };
    let (switch, cancel) = Cancel::new();
    let snapshot = SharedSnapshot::open(&spec, Cancel::never()).await.unwrap();
    let mut reader = Session::connect_cancellable(&spec, cancel).await.unwrap();
    // The first host of the list is there now, and it is another server.
    let socket = other.socket_dir().join(format!(".s.PGSQL.{}", other.port()));
    std::os::unix::fs::symlink(socket, dir.path().join(format!(".s.PGSQL.{port}"))).unwrap();
    let place = "SHOW data_directory";
    let here = |row: &phasegate::db::Row| row.at(0).unwrap() == server().data_dir().to_str().unwrap();
    assert!(!here(&Session::connect(&spec).await.unwrap().one(place).await.unwrap()));
    assert!(here(&snapshot.session().await.unwrap().one(place).await.unwrap()));
    soon(writer.reconnect()).await.unwrap();
    assert!(here(&writer.run(place).await.unwrap().rows[0]));
    let pid = reader.backend_pid();
    let mut observer = session().await;
    let (outcome, ()) = soon(async {
        tokio::join!(reader.rows("SELECT pg_sleep(600)"), async {
            until_asleep(&mut observer, pid).await;
            switch.cancel();
        })
    })
    .await;
    assert!(outcome.unwrap_err().is_cancelled());
}
