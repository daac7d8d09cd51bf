use super::*;

fn name(text: &str) -> QualifiedName {
    match text.split_once('.') {
        Some((schema, name)) => QualifiedName { schema: Some(schema.into()), name: name.into() },
        None => QualifiedName { schema: None, name: text.into() },
    }
}

fn cannot(what: &'static str) -> StatementKind {
    StatementKind::CannotRunInTransaction { what }
}

#[test]
fn statements_by_their_kind() {
    use StatementKind::*;
    let table: Vec<(StatementKind, &[&str])> = vec![
        (
            Dml,
            &[
                "select 1",
                "/* a */ -- b\n INSERT into t values (1);",
                "update t set a = 1",
                "delete from t",
                "with x as (select 1) select * from x",
                "values (1)",
                "table t",
                "((select 1) union (select 2))",
                "merge into t using s on true when matched then do nothing",
            ],
        ),
        (
            Ddl,
            &[
                "create table t (a int)",
                "create index i on t (a)",
                "create index \"concurrently\" on t (a)",
                "alter table t add a int",
                "alter table t validate constraint c, alter a set not null",
                "alter table t detach partition p",
                "alter table t detach partition p finalize",
                "drop table t",
                "drop index i",
                "truncate t",
                "comment on table t is 'vacuum'",
                "grant select on t to r",
                "refresh materialized view concurrently v",
                "reindex table t",
                "reindex (verbose) index i",
                "reindex (concurrently false) index i",
                "cluster t using i",
                "alter database d set search_path = 'tablespace'",
                "create or replace function f() returns int begin atomic select 1; end",
            ],
        ),
        (Set, &["set a = b", "SET LOCAL a TO b", "reset all", "set session characteristics as transaction read only"]),
        (Do, &["do $$begin commit; end$$"]),
        (
            Other,
            &[
                "call p()",
                "explain select 1",
                "prepare p as select 1",
                "lock table t",
                "analyze t",
                "notify c",
                "discard temp",
                "copy t from 'stdin'",
                "copy t from program 'x'",
                "copy (select * from stdin) to '/tmp/x'",
                "\"select\" 1",
                "",
            ],
        ),
        (
            CopyFromStdin,
            &[
                "copy t from stdin;",
                "COPY s.t (a, \"from\", b) FROM /* x */ STDIN WITH (FORMAT csv)",
                "copy binary t from stdin",
                "copy t from stdout",
                "copy \"to\" from stdin where a > 1",
            ],
        ),
        (CopyToStdout, &["copy t to stdout", "copy (select a from t) to stdout csv", "copy t (a) to stdin"]),
        (cannot("VACUUM"), &["vacuum", "vacuum (full, analyze) t", "VACUUM FULL t;"]),
        (cannot("CREATE DATABASE"), &["create database d"]),
        (cannot("DROP DATABASE"), &["drop database if exists d"]),
        (cannot("CREATE TABLESPACE"), &["create tablespace s location '/x'"]),
        (cannot("DROP TABLESPACE"), &["drop tablespace s"]),
        (cannot("ALTER SYSTEM"), &["alter system set a = b"]),
        (cannot("ALTER DATABASE ... SET TABLESPACE"), &["alter database \"D x\" set tablespace s"]),
        (cannot("CREATE SUBSCRIPTION"), &["create subscription s connection 'x' publication p"]),
        (cannot("DROP SUBSCRIPTION"), &["drop subscription s"]),
        (cannot("ALTER SUBSCRIPTION ... REFRESH PUBLICATION"), &["alter subscription s refresh publication"]),
        (cannot("REINDEX SCHEMA, DATABASE or SYSTEM"), &["reindex schema s", "reindex database d", "reindex system d"]),
        (cannot("CLUSTER without a table"), &["cluster", "cluster verbose;", "cluster (verbose);"]),
        (cannot("DISCARD ALL"), &["discard all"]),
        (cannot("CREATE INDEX CONCURRENTLY"), &["create index concurrently U&\"i\" on t (a)"]),
        (cannot("DROP INDEX CONCURRENTLY"), &["drop index concurrently U&\"i\""]),
        (
            cannot("ALTER TABLE ... DETACH PARTITION ... CONCURRENTLY"),
            &[
                "alter table t detach partition U&\"p\" concurrently",
                "alter table U&\"t\" detach partition p concurrently",
            ],
        ),
    ];
    for (kind, texts) in table {
        for text in texts {
            assert_eq!(classify(text), kind, "{text}");
        }
    }
}

#[test]
fn transaction_control_by_its_words() {
    use TransactionControl::*;
    let table = [
        ("begin", Begin, true),
        ("BEGIN ISOLATION LEVEL serializable;", Begin, true),
        ("start transaction", Begin, true),
        ("commit and chain", Commit, true),
        ("end work", Commit, true),
        ("rollback", Rollback, true),
        ("rollback transaction and no chain", Rollback, true),
        ("abort", Rollback, true),
        ("prepare transaction 'x'", PrepareTransaction, true),
        ("commit prepared 'x'", CommitPrepared, true),
        ("rollback prepared 'x'", RollbackPrepared, true),
        ("savepoint a", Savepoint, false),
        ("rollback to a", RollbackTo, false),
        ("rollback /* x */ work to savepoint a", RollbackTo, false),
        ("release savepoint a", Release, false),
        ("set transaction read only", SetTransaction, false),
    ];
    for (text, what, bounds) in table {
        let kind = classify(text);
        assert_eq!(kind, StatementKind::TransactionControl { what }, "{text}");
        assert_eq!(kind.bounds_transaction(), bounds, "{text}");
        assert!(kind.can_run_in_transaction(), "{text}");
    }
}

#[test]
fn concurrent_statements_name_their_objects() {
    use StatementKind::*;
    let index = |unique, if_not_exists, index: Option<&str>, table: &str| CreateIndexConcurrently {
        unique,
        if_not_exists,
        name: index.map(name),
        table: name(table),
    };
    let reindex = |target_kind, target: Option<&str>| ReindexConcurrently { target_kind, name: target.map(name) };
    let table = [
        ("create index concurrently i on t (a)", index(false, false, Some("i"), "t")),
        (
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS My_I ON ONLY S.\"T\"\"x\" USING btree (a)",
            index(true, true, Some("my_i"), "s.T\"x"),
        ),
        ("create index concurrently on db.s.t (a)", index(false, false, None, "s.t")),
        ("create index concurrently if on t (a)", index(false, false, Some("if"), "t")),
        (
            "drop index concurrently if exists a, S.b cascade",
            DropIndexConcurrently { if_exists: true, names: vec![name("a"), name("s.b")] },
        ),
        ("reindex index concurrently I;", reindex(ReindexTarget::Index, Some("i"))),
        ("reindex (verbose, concurrently) table s.t", reindex(ReindexTarget::Table, Some("s.t"))),
        ("reindex (concurrently on) schema s", reindex(ReindexTarget::Schema, Some("s"))),
        ("reindex database concurrently;", reindex(ReindexTarget::Database, None)),
        (
            "alter table if exists only s.t detach partition s.p concurrently",
            DetachPartitionConcurrently { table: name("s.t"), partition: name("s.p") },
        ),
    ];
    for (text, kind) in table {
        assert_eq!(classify(text), kind, "{text}");
        assert!(!kind.can_run_in_transaction(), "{text}");
        assert_eq!(lock_class(&kind, text), LockClass::LongAllowed, "{text}");
    }
    let validate = classify("ALTER TABLE s.t VALIDATE CONSTRAINT \"C c\" ;");
    assert_eq!(validate, ValidateConstraint { table: name("s.t"), name: "C c".into() });
    assert!(validate.can_run_in_transaction());
}

#[test]
fn long_names_are_cut_as_the_server_cuts_them() {
    let long = "ä".repeat(40);
    let StatementKind::DropIndexConcurrently { names, .. } = classify(&format!("drop index concurrently {long}"))
    else {
        panic!("not a drop index concurrently");
    };
    assert_eq!(names[0].name, "ä".repeat(31));
}

#[test]
fn names_are_printed_with_the_quotes_they_need() {
    assert_eq!(name("public.t_1").to_string(), "public.t_1");
    assert_eq!(name("My schema.a\"b").to_string(), "\"My schema\".\"a\"\"b\"");
    assert_eq!(name("1a").to_string(), "\"1a\"");
}

#[test]
fn locks_by_what_they_stop() {
    let table: [(LockClass, &[&str]); 3] = [
        (
            LockClass::Strong,
            &[
                "alter table t add a int",
                "alter table t validate constraint a, validate constraint b, add c int",
                "drop table t",
                "drop index i",
                "truncate t",
                "create index i on t (a)",
                "create unique index i on t (a)",
                "create trigger g after insert on t execute function f()",
                "create or replace trigger g after insert on t execute function f()",
                "create constraint trigger g after insert on t execute function f()",
                "create or replace view v as select 1",
                "create policy p on t",
                "lock table t",
                "reindex table t",
                "refresh materialized view v",
                "vacuum full t",
                "create table a (b int references t)",
                "create table a partition of t for values in (1)",
            ],
        ),
        (
            LockClass::LongAllowed,
            &[
                "vacuum t",
                "analyze t",
                "refresh materialized view concurrently v",
                "alter table t validate constraint c",
                "create index concurrently U&\"i\" on t (a)",
            ],
        ),
        (
            LockClass::Plain,
            &[
                "select 1",
                "insert into t values (1)",
                "create table t (a int)",
                "create function f() returns int language sql return 1",
                "comment on table t is 'x'",
                "alter role r set a = b",
                "alter system set a = b",
                "do $$begin end$$",
                "set a = b",
                "copy t from stdin",
            ],
        ),
    ];
    for (class, texts) in table {
        for text in texts {
            assert_eq!(lock_class(&classify(text), text), class, "{text}");
        }
    }
}

#[test]
fn turning_standard_conforming_strings_off_is_seen() {
    let table = [
        ("set standard_conforming_strings = off", true),
        ("SET LOCAL Standard_Conforming_Strings TO 'off';", true),
        ("set session \"standard_conforming_strings\" = 0", true),
        ("set standard_conforming_strings = FALSE", true),
        ("select pg_catalog.set_config('standard_conforming_strings', 'off', false)", true),
        ("set standard_conforming_strings = on", false),
        ("set standard_conforming_strings to default", false),
        ("set standard_conforming_strings = t", false),
        ("select set_config('standard_conforming_strings', 'on', false)", false),
        ("select set_config('search_path', 'off', false)", false),
        ("reset standard_conforming_strings", false),
        ("set escape_string_warning = off", false),
        ("select 'standard_conforming_strings off'", false),
    ];
    for (text, expected) in table {
        assert_eq!(turns_scs_off(&classify(text), text), expected, "{text}");
    }
}
