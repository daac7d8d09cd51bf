//! The kinds of statement in whose middle something is killed.

/// One kind: how to make it wait, and what must be true in the end.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// Whether its phase is one transaction.
    pub(crate) transactional: bool,
    /// The statement between the first and the last one of its phase.
    pub(crate) statement: &'static str,
    /// What the test holds, so that the statement waits.
    pub(crate) hold: &'static str,
    /// What must be true in the end, besides that every statement ran once.
    pub(crate) check: &'static str,
}

/// Tables that the kinds work on. `seen` counts what ran.
pub(crate) const SETUP: &str = "
CREATE TABLE seen (n int);
CREATE TABLE gate (a int);
CREATE TABLE t (a int PRIMARY KEY, b int);
INSERT INTO t SELECT n, n % 7 FROM generate_series(1, 1000) n;
CREATE INDEX old_b ON t (b);
ALTER TABLE t ADD CONSTRAINT b_is_small CHECK (b < 100) NOT VALID;
";

pub(crate) const KINDS: &[Kind] = &[
    Kind {
        name: "transactional",
        transactional: true,
        statement: "INSERT INTO seen SELECT 2 + count(*) FROM gate",
        hold: "LOCK TABLE gate",
        check: "true",
    },
    Kind {
        name: "insert",
        transactional: false,
        statement: "INSERT INTO seen SELECT 2 + count(*) FROM gate",
        hold: "LOCK TABLE gate",
        check: "true",
    },
    Kind {
        name: "update",
        transactional: false,
        statement: "UPDATE t SET b = b + 50 WHERE a = 5 RETURNING (SELECT count(*) FROM gate)",
        hold: "LOCK TABLE gate",
        check: "(SELECT b = 55 FROM t WHERE a = 5)",
    },
    Kind {
        name: "create_index",
        transactional: false,
        statement: "CREATE INDEX CONCURRENTLY new_b ON t (b)",
        hold: "INSERT INTO t VALUES (0, 0)",
        check: "(SELECT indisvalid FROM pg_index WHERE indexrelid = 'new_b'::regclass)",
    },
    Kind {
        name: "drop_index",
        transactional: false,
        statement: "DROP INDEX CONCURRENTLY old_b",
        hold: "SELECT 1 FROM t",
        check: "to_regclass('old_b') IS NULL",
    },
    Kind {
        name: "reindex",
        transactional: false,
        statement: "REINDEX INDEX CONCURRENTLY old_b",
        hold: "INSERT INTO t VALUES (0, 0)",
        check: "(SELECT count(*) = 2 AND bool_and(indisvalid) FROM pg_index WHERE indrelid = 't'::regclass)",
    },
    Kind {
        name: "vacuum",
        transactional: false,
        statement: "VACUUM t",
        hold: "LOCK TABLE t IN SHARE UPDATE EXCLUSIVE MODE",
        check: "true",
    },
    Kind {
        name: "validate",
        transactional: false,
        statement: "ALTER TABLE t VALIDATE CONSTRAINT b_is_small",
        hold: "LOCK TABLE t IN SHARE UPDATE EXCLUSIVE MODE",
        check: "(SELECT convalidated FROM pg_constraint WHERE conname = 'b_is_small')",
    },
];

impl Kind {
    /// Its phase: the statement between two that count.
    pub(crate) fn phase(&self) -> String {
        let mode = if self.transactional { "phase" } else { "none" };
        format!(
            "-- phasegate: transaction = {mode}\n-- phasegate: lock_timeout = 0\n\
             INSERT INTO seen VALUES (1);\n{};\nINSERT INTO seen VALUES (3);\n",
            self.statement
        )
    }

    /// The numbers that must have been counted, each once.
    pub(crate) fn expected(&self) -> &'static str {
        if self.statement.starts_with("INSERT INTO seen") { "1,2,3" } else { "1,3" }
    }

    /// How the statement begins, to be found in pg_stat_activity.
    pub(crate) fn marker(&self) -> &'static str {
        &self.statement[..self.statement.len().min(24)]
    }
}
