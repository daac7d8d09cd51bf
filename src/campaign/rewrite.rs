//! Rewrites that change how a table is stored and nothing of what it holds: none of them may be reported.

use crate::db::{Column, Table, TableKind, quote_literal};
use crate::phase::{Change, ObjectKind};

use super::rng::Rng;

/// A table to rewrite.
#[derive(Debug, Clone, Copy)]
pub struct Rewritten<'a> {
    /// The table.
    pub table: &'a Table,
    /// The index of its primary key, where it has one.
    pub index: Option<&'a str>,
}

/// What rewrites a table, and what has to be declared for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    /// What kind of rewrite.
    pub kind: &'static str,
    /// Statements to run one by one. Where the first is refused nothing was done.
    pub steps: Vec<String>,
    /// What a phase would have declared.
    pub declared: Vec<Change>,
    /// A column that the table did not have before.
    pub added: Option<String>,
}

type Kind = fn(&Rewritten<'_>, &mut Rng) -> Option<Rewrite>;

const KINDS: &[Kind] = &[
    vacuum_full,
    cluster,
    same_values,
    other_order,
    fill_factor,
    stored_otherwise,
    compressed_otherwise,
    reindexed,
    analyzed,
    rolled_back,
    column_added,
    column_made_anew,
    index_added,
    frozen,
    logged_again,
];

/// Settings of a database or role that change how values look.
const SETTINGS: &[(&str, &[&str])] = &[
    ("TimeZone", &["Asia/Kathmandu", "America/St_Johns", "UTC"]),
    ("DateStyle", &["SQL, DMY", "German", "Postgres, MDY"]),
    ("IntervalStyle", &["sql_standard", "iso_8601", "postgres_verbose"]),
    ("extra_float_digits", &["-15", "0", "3"]),
    ("bytea_output", &["escape", "hex"]),
    ("xmloption", &["document", "content"]),
    ("search_path", &["zoo, public", "pg_temp"]),
    ("standard_conforming_strings", &["off", "on"]),
    ("quote_all_identifiers", &["on"]),
    ("enable_seqscan", &["off"]),
    ("enable_hashagg", &["off"]),
    ("jit", &["off", "on"]),
    ("work_mem", &["64kB", "64MB"]),
    ("default_transaction_isolation", &["serializable"]),
    ("max_parallel_workers_per_gather", &["0", "4"]),
    ("synchronize_seqscans", &["on", "off"]),
];

/// A rewrite of a kind drawn by chance; `None` where the table has nothing for it.
pub fn rewrite(target: &Rewritten<'_>, rng: &mut Rng) -> Option<Rewrite> {
    rng.pick(KINDS)?(target, rng)
}

/// A statement that makes values of a database, or of its user, look otherwise in every new session.
pub fn setting(database: &str, rng: &mut Rng) -> Option<Rewrite> {
    let (name, values) = rng.pick(SETTINGS)?;
    let value = rng.pick(values)?;
    let of = if rng.percent(50) {
        format!("DATABASE {database}")
    } else {
        format!("ROLE CURRENT_USER IN DATABASE {database}")
    };
    // A list stays a list.
    let value = if *name == "search_path" { (*value).to_owned() } else { quote_literal(value) };
    Some(done("setting of the database or role", vec![format!("ALTER {of} SET {name} = {value}")]))
}

fn done(kind: &'static str, steps: Vec<String>) -> Rewrite {
    Rewrite { kind, steps, declared: Vec::new(), added: None }
}

impl<'a> Rewritten<'a> {
    fn quoted(&self) -> String {
        self.table.quoted()
    }

    fn written(&self) -> impl Iterator<Item = &'a Column> {
        self.table.columns.iter().filter(|column| !column.generated)
    }

    fn names(&self) -> String {
        self.written().map(Column::quoted).collect::<Vec<_>>().join(", ")
    }
}

const SILENT: &str = "SET LOCAL session_replication_role = replica;";

fn vacuum_full(target: &Rewritten<'_>, _: &mut Rng) -> Option<Rewrite> {
    Some(done("VACUUM FULL", vec![format!("VACUUM FULL {}", target.quoted())]))
}

fn frozen(target: &Rewritten<'_>, _: &mut Rng) -> Option<Rewrite> {
    Some(done("VACUUM FREEZE", vec![format!("VACUUM (FREEZE) {}", target.quoted())]))
}

fn cluster(target: &Rewritten<'_>, _: &mut Rng) -> Option<Rewrite> {
    let table = target.quoted();
    // From 15 on a partitioned table can be clustered, and not forget it.
    let index = crate::db::quote_ident(target.index.filter(|_| target.table.kind == TableKind::Table)?);
    Some(done(
        "CLUSTER",
        vec![format!("CLUSTER {table} USING {index}"), format!("ALTER TABLE {table} SET WITHOUT CLUSTER")],
    ))
}

/// `UPDATE t SET c = c`, which doubles the table.
fn same_values(target: &Rewritten<'_>, _: &mut Rng) -> Option<Rewrite> {
    let set: Vec<String> = target.written().map(|column| format!("{0} = {0}", column.quoted())).collect();
    Some(done("same values written again", vec![format!("{SILENT} UPDATE {} SET {}", target.quoted(), set.join(", "))]))
}

/// Every row taken out and put in again, in another order.
fn other_order(target: &Rewritten<'_>, rng: &mut Rng) -> Option<Rewrite> {
    let (table, names, salt) = (target.quoted(), target.names(), rng.below(1_000_000));
    let sql = format!(
        "{SILENT} CREATE TEMPORARY TABLE campaign_rows AS SELECT {names} FROM {table}; DELETE FROM {table}; \
         INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE SELECT {names} FROM campaign_rows AS s \
         ORDER BY md5('{salt}' || s.ctid::text); DROP TABLE campaign_rows"
    );
    Some(done("rows in another order", vec![sql]))
}

fn fill_factor(target: &Rewritten<'_>, rng: &mut Rng) -> Option<Rewrite> {
    let table = target.quoted();
    let steps =
        vec![format!("ALTER TABLE {table} SET (fillfactor = {})", 20 + rng.below(70)), format!("VACUUM FULL {table}")];
    let declared = vec![Change::Changes(ObjectKind::Table, target.table.full_name())];
    Some(Rewrite { declared, ..done("other fill factor", steps) })
}

/// An expression that yields the column's value stored anew.
fn stored_anew(target: &Rewritten<'_>, rng: &mut Rng) -> Option<(String, String)> {
    let expression = |column: &Column| match column.base_type.as_str() {
        "text" | "varchar" => Some(format!("{} || ''", column.quoted())),
        "jsonb" | "json" => Some(format!("{}::text::{}", column.quoted(), column.base_type)),
        "bytea" => Some(format!("{} || ''::bytea", column.quoted())),
        _ => None,
    };
    let columns: Vec<(String, String)> =
        target.written().filter_map(|column| Some((column.quoted(), expression(column)?))).collect();
    rng.pick(&columns).cloned()
}

fn stored_otherwise(target: &Rewritten<'_>, rng: &mut Rng) -> Option<Rewrite> {
    let (table, (column, anew)) = (target.quoted(), stored_anew(target, rng)?);
    let storage = *rng.pick(&["EXTERNAL", "MAIN", "EXTENDED", "PLAIN"])?;
    // PLAIN would refuse long values.
    let storage = if target.table.schema == "zoo" && storage == "PLAIN" { "EXTERNAL" } else { storage };
    let steps = vec![
        format!("ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE {storage}"),
        format!("{SILENT} UPDATE {table} SET {column} = {anew}"),
    ];
    Some(done("other storage of long values", steps))
}

/// From PostgreSQL 14 on; lz4 where the server was built with it.
fn compressed_otherwise(target: &Rewritten<'_>, rng: &mut Rng) -> Option<Rewrite> {
    let (table, (column, anew)) = (target.quoted(), stored_anew(target, rng)?);
    let method = *rng.pick(&["lz4", "pglz"])?;
    let steps = vec![
        format!("ALTER TABLE {table} ALTER COLUMN {column} SET COMPRESSION {method}"),
        format!("{SILENT} UPDATE {table} SET {column} = {anew}"),
    ];
    Some(done("other compression of long values", steps))
}

fn reindexed(target: &Rewritten<'_>, _: &mut Rng) -> Option<Rewrite> {
    target.index?;
    Some(done("REINDEX", vec![format!("REINDEX TABLE {}", target.quoted())]))
}

fn analyzed(target: &Rewritten<'_>, rng: &mut Rng) -> Option<Rewrite> {
    let (table, columns) = (target.quoted(), target.written().collect::<Vec<_>>());
    let column = rng.pick(&columns)?.quoted();
    let steps =
        vec![format!("ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 500"), format!("ANALYZE {table}")];
    Some(done("other statistics", steps))
}

/// All rows deleted, and the deletion taken back.
fn rolled_back(target: &Rewritten<'_>, _: &mut Rng) -> Option<Rewrite> {
    let sql = format!(
        "{SILENT} DO $block$ BEGIN DELETE FROM {}; RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN NULL; END $block$",
        target.quoted()
    );
    Some(done("deletion rolled back", vec![sql]))
}

fn column_added(target: &Rewritten<'_>, rng: &mut Rng) -> Option<Rewrite> {
    let name = "campaign_added";
    let definition =
        *rng.pick(&["integer DEFAULT 7", "text", "double precision DEFAULT random()", "text NOT NULL DEFAULT ''"])?;
    let steps = vec![format!("ALTER TABLE {} ADD COLUMN {name} {definition}", target.quoted())];
    let declared = vec![Change::Adds(ObjectKind::Column, format!("{}.{name}", target.table.full_name()))];
    Some(Rewrite { declared, added: Some(name.to_owned()), ..done("column added (declared)", steps) })
}

/// A column that was copied, dropped and renamed stands at another place of the row.
fn column_made_anew(target: &Rewritten<'_>, rng: &mut Rng) -> Option<Rewrite> {
    let key = target.table.key.clone().unwrap_or_default();
    let columns: Vec<&Column> = target.written().filter(|column| !key.contains(&column.name)).collect();
    let column = rng.pick(&columns).filter(|_| target.table.schema == "zoo")?;
    let (table, name) = (target.quoted(), column.quoted());
    let sql = format!(
        "ALTER TABLE {table} ADD COLUMN campaign_moved {}; UPDATE {table} SET campaign_moved = {name}; \
         ALTER TABLE {table} DROP COLUMN {name}; ALTER TABLE {table} RENAME COLUMN campaign_moved TO {name}",
        column.type_name
    );
    Some(done("column at another place", vec![sql]))
}

fn index_added(target: &Rewritten<'_>, rng: &mut Rng) -> Option<Rewrite> {
    let columns: Vec<&Column> = target.written().filter(|column| column.base_category != 'S').collect();
    let column = rng.pick(&columns)?.quoted();
    let sql = format!("CREATE INDEX campaign_index_{} ON {} ({column})", target.table.name, target.quoted());
    let name = format!("{}.campaign_index_{}", target.table.schema, target.table.name);
    let declared = vec![Change::Adds(ObjectKind::Index, name)];
    (target.table.kind == TableKind::Table).then(|| Rewrite { declared, ..done("index added (declared)", vec![sql]) })
}

fn logged_again(target: &Rewritten<'_>, _: &mut Rng) -> Option<Rewrite> {
    let table = target.quoted();
    let steps = vec![format!("ALTER TABLE {table} SET UNLOGGED"), format!("ALTER TABLE {table} SET LOGGED")];
    (target.table.kind == TableKind::Table).then(|| done("unlogged and logged again", steps))
}
