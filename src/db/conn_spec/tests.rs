use std::path::Path;

use super::*;

fn env(pairs: &[(&str, &str)]) -> Env {
    Env::new(pairs.iter().copied()).with_user("os_user")
}

fn spec(dsn: &str, pairs: &[(&str, &str)]) -> ConnSpec {
    ConnSpec::resolve(Some(dsn), &env(pairs)).unwrap().0
}

fn problem(dsn: &str, pairs: &[(&str, &str)]) -> String {
    ConnSpec::resolve(Some(dsn), &env(pairs)).unwrap_err().to_string()
}

fn write(dir: &Path, name: &str, text: &str, mode: u32) -> String {
    let path = dir.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    let _ = mode;
    path.display().to_string()
}

fn password(spec: &ConnSpec) -> Option<&str> {
    spec.password_for(0).map(Secret::expose)
}

#[test]
fn urls_are_read_in_all_their_forms() {
    let full = spec("postgresql://us%40er:p%2Fw%3A@db.example:6543/na%20me?application_name=x&connect_timeout=3", &[]);
    assert_eq!(full.hosts, [("db.example".to_owned(), 6543)]);
    assert_eq!((full.user.as_str(), full.database.as_str()), ("us@er", "na me"));
    assert_eq!(password(&full), Some("p/w:"));
    assert_eq!((full.application_name.as_str(), full.connect_timeout_ms), ("x", 3000));
    let many = spec("postgres://u@a:1,b:2,[2001:db8::1]:3/d?target_session_attrs=read-write", &[]);
    assert_eq!(many.hosts, [("a".to_owned(), 1), ("b".to_owned(), 2), ("2001:db8::1".to_owned(), 3)]);
    assert_eq!(many.target, TargetSession::ReadWrite);
    // A port given with one host only is not carried over to the others.
    assert_eq!(spec("postgres://u@a:1,b/d", &[]).hosts, [("a".to_owned(), 1), ("b".to_owned(), 5432)]);
    for socket in ["postgresql:///d?host=/run/pg&port=5433&user=u", "postgresql://u@%2Frun%2Fpg:5433/d"] {
        assert_eq!(spec(socket, &[]).hosts, [("/run/pg".to_owned(), 5433)], "{socket}");
    }
    assert_eq!(spec("postgresql://h/d?ssl=true", &[]).ssl_mode, SslMode::Require);
    assert_eq!(spec("postgresql://h", &[]).database, "os_user");
}

#[test]
fn keyword_strings_are_read_with_their_quotes() {
    let spec =
        spec(r"host = h  port=5433 dbname='my db' user=o\'brien password='it\'s \\ x' options='-c geqo=off'", &[]);
    assert_eq!(spec.hosts, [("h".to_owned(), 5433)]);
    assert_eq!((spec.database.as_str(), spec.user.as_str()), ("my db", "o'brien"));
    assert_eq!(password(&spec), Some(r"it's \ x"));
    assert_eq!(spec.options, [("geqo".to_owned(), "off".to_owned())]);
}

#[test]
fn options_are_split_as_the_server_splits_them() {
    let parsed = driver::parse_options(r"-c a=b --lock-timeout=5s  -csearch_path=x\ y\\z").unwrap();
    let pairs: Vec<(&str, &str)> = parsed.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(pairs, [("a", "b"), ("lock_timeout", "5s"), ("search_path", r"x y\z")]);
    assert!(driver::parse_options("-d 5").is_err());
    assert!(driver::parse_options("-c").is_err());
}

#[test]
fn the_string_goes_before_the_service_before_the_variables_before_defaults() {
    let dir = tempfile::tempdir().unwrap();
    let file = write(dir.path(), "s.conf", "# c\n[other]\nhost=no\n[mine]\nhost=svc\nport=7\nuser=svc_user\n", 0o644);
    let vars = [
        ("PGSERVICEFILE", file.as_str()),
        ("PGSERVICE", "mine"),
        ("PGHOST", "env"),
        ("PGPORT", "9"),
        ("PGUSER", "env_user"),
        ("PGDATABASE", "env_db"),
        ("PGAPPNAME", "env_app"),
    ];
    let all = spec("postgresql://str_user@/", &vars);
    assert_eq!(all.user, "str_user");
    assert_eq!(all.hosts, [("svc".to_owned(), 7)]);
    assert_eq!((all.database.as_str(), all.application_name.as_str()), ("env_db", "env_app"));
    // Without any of them.
    let none = ConnSpec::resolve(None, &env(&[("PGPORT", "1")])).unwrap().0;
    assert_eq!(none.hosts, [("localhost".to_owned(), 1)]);
    assert_eq!((none.user.as_str(), none.database.as_str()), ("os_user", "os_user"));
    let lost = problem("service=absent", &vars);
    assert!(lost.contains("service absent") && lost.contains("s.conf"), "{lost}");
    let file = write(dir.path(), "bad.conf", "[mine]\nhost=x\nhots=y\n", 0o644);
    let bad = problem("service=mine", &[("PGSERVICEFILE", file.as_str())]);
    assert!(bad.contains("bad.conf:3") && bad.contains("\"hots\""), "{bad}");
}

#[test]
fn a_service_of_the_home_directory_is_found() {
    if cfg!(windows) {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    write(home.path(), ".pg_service.conf", "[s]\nhost=from_home\n", 0o644);
    let env = Env::default().with_home(home.path()).with_user("u");
    let (spec, _) = ConnSpec::resolve(Some("service=s"), &env).unwrap();
    assert_eq!(spec.hosts[0].0, "from_home");
}

#[test]
fn the_password_file_is_asked_for_each_host_and_database() {
    let dir = tempfile::tempdir().unwrap();
    let lines = "# comment\na:5432:d:u:first\nlocalhost:*:*:u:so:ck\\\\et\n*:1:we\\:ird:*:w\\:x\n*:*:*:u:any\n";
    let file = write(dir.path(), "pgpass", lines, 0o600);
    let vars = [("PGPASSFILE", file.as_str())];
    assert_eq!(password(&spec("host=a dbname=d user=u", &vars)), Some("first"));
    assert_eq!(password(&spec("host=a dbname=d user=u", &vars).with_database("e")), Some("any"));
    assert_eq!(password(&spec("host=/tmp dbname=d user=u", &vars)), Some(r"so:ck\et"));
    assert_eq!(password(&spec("host=z port=1 dbname=we:ird user=v", &vars)), Some("w:x"));
    assert_eq!(password(&spec("host=z port=2 dbname=we:ird user=v", &vars)), None);
    // The name, not the address, is what the file knows; and a given password goes first.
    assert_eq!(password(&spec("host=a hostaddr=10.0.0.1 dbname=d user=u", &vars)), Some("first"));
    assert_eq!(password(&spec("host=a dbname=d user=u password=own", &vars)), Some("own"));
    let both = spec("host=b,a dbname=d user=u", &vars);
    assert_eq!(both.password_for(1).map(Secret::expose), Some("first"));
    assert_eq!(both.narrowed(1).password_for(0).map(Secret::expose), Some("first"));
}

#[cfg(unix)]
#[test]
fn a_password_file_open_to_others_is_ignored_and_said() {
    let dir = tempfile::tempdir().unwrap();
    let file = write(dir.path(), "pgpass", "*:*:*:*:seen\n", 0o640);
    let (spec, notes) = ConnSpec::resolve(Some("host=a passfile=none"), &env(&[])).unwrap();
    assert_eq!(password(&spec), None);
    assert!(notes[0].to_string().contains("ignored"), "{notes:?}");
    let (spec, notes) = ConnSpec::resolve(Some(&format!("host=a passfile={file}")), &env(&[])).unwrap();
    assert_eq!(password(&spec), None);
    assert!(notes[0].to_string().contains("0600"), "{notes:?}");
}

#[test]
fn what_cannot_be_kept_is_refused_by_name() {
    for (dsn, expected) in [
        ("host=h sslmode=allow", "allow is not supported"),
        ("host=h sslmode=on", "disable, prefer, require, verify-ca, verify-full"),
        ("host=h gssencmode=require", "gssencmode"),
        ("host=h channel_binding=require", "channel_binding"),
        ("host=h require_auth=scram-sha-256", "require_auth"),
        ("host=h sslcrl=x", "sslcrl"),
        ("host=h ssl_min_protocol_version=TLSv1.3", "TLSv1.2 or newer"),
        ("host=h load_balance_hosts=random", "disable"),
        ("host=h client_encoding=latin1", "UTF8"),
        ("host=h target_session_attrs=rw", "prefer-standby"),
        ("host=h connect_timeout=soon", "whole number of seconds"),
        ("host=h port=0", "1 to 65535"),
        ("host=a,b port=1,2,3", "3 ports for 2 hosts"),
        ("host=a,b hostaddr=127.0.0.1", "1 addresses for 2 hosts"),
        ("host=a hostaddr=b", "not an IP address"),
        ("host=@abstract", "abstract"),
        ("hst=h", "target_session_attrs"),
        ("host=h options='-d 3'", "-c name=value"),
        ("mydb", "postgresql://"),
        ("host", "postgresql://"),
        ("host=a dbname", "character 8"),
        ("host='a", "does not end"),
        ("postgresql://h/d?nonsense=1", "nonsense"),
        ("postgresql://h/d%zz", "percent"),
        ("postgresql://h:x/d", "port"),
        ("postgresql://[::1/d", "]"),
    ] {
        let text = problem(dsn, &[]);
        assert!(text.contains(expected), "{dsn}: {text}");
    }
    let text = problem("host=h", &[("PGGSSENCMODE", "require")]);
    assert!(text.contains("gssencmode"), "{text}");
    let text = problem("host=h", &[("PGREQUIREAUTH", "scram-sha-256")]);
    assert!(text.contains("PGREQUIREAUTH"), "{text}");
    // What asks for nothing passes.
    spec("host=h sslcompression=0 gssencmode=prefer channel_binding=prefer replication=no client_encoding=utf8", &[]);
    let (_, notes) = ConnSpec::resolve(Some("host=h"), &env(&[("PGTZ", "CET")])).unwrap();
    assert!(notes[0].to_string().contains("PGTZ is not used"), "{notes:?}");
}

#[test]
fn tls_modes_follow_libpq() {
    if cfg!(windows) {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let env = Env::default().with_home(home.path()).with_user("u");
    let mode = |dsn: &str| ConnSpec::resolve(Some(dsn), &env).map(|(spec, _)| (spec.ssl_mode, spec.ssl_root_cert));
    assert_eq!(mode("host=h").unwrap(), (SslMode::Prefer, None));
    assert_eq!(mode("host=h sslmode=require").unwrap(), (SslMode::Require, None));
    assert!(mode("host=h sslmode=verify-full").unwrap_err().to_string().contains("sslrootcert=system"));
    assert_eq!(mode("host=h sslrootcert=system").unwrap(), (SslMode::VerifyFull, None));
    assert!(mode("host=h sslrootcert=system sslmode=require").unwrap_err().to_string().contains("verify-full"));
    assert!(mode("host=h sslmode=require sslrootcert=/absent").unwrap_err().to_string().contains("/absent"));
    let root = write(home.path(), ".postgresql/root.crt", "", 0o644);
    assert_eq!(mode("host=h sslmode=require").unwrap(), (SslMode::VerifyCa, Some(root.clone().into())));
    assert_eq!(mode("host=h sslmode=verify-full").unwrap(), (SslMode::VerifyFull, Some(root.into())));
    assert_eq!(mode("host=h").unwrap().0, SslMode::Prefer);
    write(home.path(), ".postgresql/postgresql.crt", "", 0o644);
    assert!(mode("host=h").unwrap_err().to_string().contains("no private key"));
    write(home.path(), ".postgresql/postgresql.key", "", 0o644);
    #[cfg(unix)]
    assert!(mode("host=h").unwrap_err().to_string().contains("0600"));
    write(home.path(), ".postgresql/postgresql.key", "", 0o600);
    assert!(mode("host=h").is_ok());
    let text = mode("host=h hostaddr=127.0.0.1 sslmode=verify-full").unwrap_err().to_string();
    assert!(text.contains("hostaddr"), "{text}");
}

#[test]
fn no_message_and_no_debug_form_shows_a_password() {
    const SECRET: &str = "hunter2";
    let dir = tempfile::tempdir().unwrap();
    let passfile = write(dir.path(), "pgpass", &format!("*:*:*:*:{SECRET}\n"), 0o600);
    let service = write(dir.path(), "svc", &format!("[s]\npassword={SECRET}\nnot a setting\n"), 0o600);
    let vars = env(&[("PGPASSWORD", SECRET)]);
    assert!(!format!("{vars:?}").contains(SECRET));
    for dsn in [
        "postgresql://u:hunter2@h/d",
        "postgresql://u:x@hunter2@h/d",
        "postgresql://u:x/hunter2@h/d",
        "postgresql://u:x?hunter2@h/d",
        "postgresql://u:hunter2/d",
        "postgresql://u:x@y:hunter2@h/d",
        "postgresql://u:hunter2%zz@h/d",
        "postgresql://u:hunter2%00@h/d",
        "postgresql://u@h/d?password=hunter2",
        "postgresql://u@h/d?password=hunter2&sslmode=no",
        "host=h password=hunter2",
        "host=h password=hunter2 sslmode=no",
        "host=h password=my hunter2",
        "host=h password=my hunter2=x",
        "host=h password='hunter2",
        "host=h service=s servicefile=SERVICE",
        "host=h passfile=PASSFILE",
    ] {
        let dsn = dsn.replace("SERVICE", &service).replace("PASSFILE", &passfile);
        for env in [&env(&[]), &vars] {
            let shown = match ConnSpec::resolve(Some(&dsn), env) {
                Ok((spec, notes)) => format!("{spec:?} {notes:?} {}", spec.target()),
                Err(error) => format!("{error} {error:?}"),
            };
            assert!(!shown.contains(SECRET), "{dsn}: {shown}");
        }
    }
    let (_, notes) = ConnSpec::resolve(Some("postgresql://u:p@h/d"), &env(&[])).unwrap();
    assert_eq!(notes, [Note::PasswordInConnectionString]);
}
