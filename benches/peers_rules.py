#!/usr/bin/env python3
"""`phasegate verify --rules-only` beside dbt, Soda, pgTAP and hand-written SQL: the same rules on the same tables.

    benches/peers_rules.py [--rows 2000000] [--rounds 5] [--work ...] [--tools ...] [--time-limit 900]
                           [--phasegate target/release/phasegate] [--pg-bin /usr/lib/postgresql/15/bin]
                           [--dbt PROGRAM] [--soda PROGRAM] [--pg-prove PROGRAM]

Makes everything itself and takes it away again: a server in a temporary directory, and a virtual environment for dbt and
for Soda where no option names the program, under --venvs, which is kept for the next run. pgTAP must be installed for the
server (on Debian postgresql-15-pgtap, which has pg_prove). Within a round the tools run one after another, so that noise
meets all; one round before them does not count.

Three pieces of work:

* `30 rules, 8 tables`: row rules, of which each table's go into one statement by hand, two of uniqueness and two of
  references. Every second rule is violated by a number of rows that no other rule has. --rows is the size of the four
  large tables; two have a fifth of it, two a fiftieth.
* `50 rules, 13 columns`: row rules on one table of --rows rows. Here phasegate is held against the one fused statement and
  against 50 single queries (`singly`), all in one psql.
* `50 rules, 40 columns`: the same behind 27 further columns, as in tables that have grown.

`by hand` is that fused SQL in one psql; `by hand x2` the same statements on two psqls at once, the costliest dealt first.
phasegate, dbt and pg_prove have two sessions, Soda has one. `phasegate` counts, as all others do (`sample = 0`); `named` is
its default: of each rule that is violated it names five rows by their keys. `verify` does so too, and what it does beside
rules: gates, and a snapshot with the digests of all columns and rows.

Told of each run: seconds; seconds of CPU of the server (all of its processes, those that ended too); the client's peak
memory; its exit code; and whether exactly the planted violations were counted. Of uniqueness dbt and Soda count the values,
phasegate the rows.
"""

import argparse
import dataclasses
import json
import pathlib
import re
import statistics
import sys

import peers
from peers import run, spread

PEERS = {
    "dbt": ["dbt-core==1.11.16", "dbt-postgres==1.11.0"],
    "soda": ["soda-core-postgres==3.5.6", "setuptools<80"],
}
KINDS = ["fee", "switch", "dividend", "withdrawal", "contribution"]
TABLES = {"clients": 50, "funds": 50, "portfolios": 5, "documents": 5, "holdings": 1, "transactions": 1, "valuations": 1, "activity": 1}
TABLE = """
CREATE TABLE {table} AS SELECT i AS id, (i % ({rows} / 50) + 1)::bigint AS owner, date '2010-01-01' + (i % 5000)::int AS day,
    ((i * 7919 % 1000003)::numeric / 100)::numeric(14, 2) AS amount,
    (ARRAY['fee', 'switch', 'dividend', 'withdrawal', 'contribution'])[i % 5 + 1] AS kind,
    lpad(to_hex(i), 12, '0') || '-GB' AS ref, (i % 100)::int AS score, 100 AS quota, 'note ' || md5(i::text) AS note
FROM generate_series(1::bigint, {rows} / {share}) i;
ALTER TABLE {table} ADD PRIMARY KEY (id);
"""
WIDE = """
CREATE TABLE {table} AS SELECT i AS id, {more}(i % 97)::int AS c1, (i % 1009)::int AS c2, (i % 9973)::int AS c3, (i % 65537)::int AS c4,
    ((i % 97) / 100.0)::numeric(14, 2) AS n1, ((i % 1009) / 100.0)::numeric(14, 2) AS n2,
    ((i % 9973) / 100.0)::numeric(14, 2) AS n3, ((i % 65537) / 100.0)::numeric(14, 2) AS n4,
    (ARRAY['fee', 'switch', 'dividend', 'withdrawal', 'contribution'])[i % 5 + 1] AS s1,
    (ARRAY['fee', 'switch', 'dividend', 'withdrawal', 'contribution'])[i % 3 + 1] AS s2,
    date '2010-01-01' + (i % 5000)::int AS d1, date '2011-01-01' + (i % 5000)::int AS d2
FROM generate_series(1::bigint, {rows}) i;
ALTER TABLE {table} ADD PRIMARY KEY (id);
"""


@dataclasses.dataclass(frozen=True)
class Rule:
    """One rule as each tool needs it. `plant` makes a row violate it and no other rule."""

    table: str
    kind: str
    column: str
    values: tuple = ()
    plant: str = ""

    @property
    def id(self):
        return f"{self.table}_{self.kind}_{re.sub(r'[^a-z0-9]+', '_', self.column)}"

    def violates(self):
        """The condition of a row that violates it, as SQL by hand."""
        column = self.column
        if self.kind == "not_null":
            return f"{column} IS NULL"
        if self.kind == "accepted_values":
            return f"{column} NOT IN ({', '.join(map(quoted, self.values))})"
        if self.kind == "range":
            return f"{column} < {literal(self.values[0])} OR {column} > {literal(self.values[1])}"
        if self.kind == "matches":
            return f"{column} !~ {quoted(self.values[0])}"
        return f"NOT ({column})"

    def is_row_rule(self):
        return self.kind not in ("unique", "reference")

    def query(self):
        """The number of its violations, by a statement of its own."""
        if self.kind == "unique":
            return f"SELECT coalesce(sum(n), 0) FROM (SELECT count(*) AS n FROM {self.table} GROUP BY {self.column} HAVING count(*) > 1) g"
        if self.kind == "reference":
            return (f"SELECT count(*) FROM {self.table} t WHERE {self.column} IS NOT NULL "
                    f"AND NOT EXISTS (SELECT FROM {self.values[0]} p WHERE p.id = t.{self.column})")
        return f"SELECT count(*) FROM {self.table} WHERE {self.violates()}"


def quoted(text):
    return "'" + text + "'"


def literal(value):
    return quoted(value) if isinstance(value, str) else str(value)


def portal_rules():
    """Eight tables: each NOT NULL and a list of values; ranges, patterns and conditions; uniqueness and references."""
    rules = [Rule(table, "not_null", "owner", plant="owner = NULL") for table in TABLES]
    rules += [Rule(table, "accepted_values", "kind", tuple(KINDS), "kind = 'odd ' || id") for table in TABLES]
    rules += [Rule(table, "range", "amount", (0, 1000000), "amount = -id") for table in
              ("portfolios", "holdings", "transactions", "valuations", "activity")]
    rules += [Rule(table, "matches", "ref", ("^[0-9a-f]+-[A-Z]+$",), "ref = 'bad ' || id") for table in ("transactions", "documents")]
    rules += [Rule(table, "holds", "score <= quota", plant="score = quota + 1") for table in ("valuations", "holdings", "activity")]
    rules += [Rule(table, "unique", "ref", plant="ref = (SELECT o.ref FROM {table} o WHERE o.id = t.id + 2000)")
              for table in ("activity", "clients")]
    rules += [Rule(table, "reference", "owner", ("clients",), "owner = 900000000 + id") for table in ("portfolios", "holdings")]
    assert len(rules) == 30
    return rules


def wide_rules(table="wide"):
    columns = ["c1", "c2", "c3", "c4", "n1", "n2", "n3", "n4", "s1", "s2", "d1", "d2"]
    rules = [Rule(table, "not_null", column, plant=f"{column} = NULL") for column in columns]
    rules += [Rule(table, "range", column, (0, 100000)) for column in columns[:8]]
    rules += [Rule(table, "range", column, ("2005-01-01", "2099-12-31"), f"{column} = '2001-01-01'") for column in ("d1", "d2")]
    rules += [Rule(table, "accepted_values", column, tuple(KINDS), f"{column} = 'odd ' || id") for column in ("s1", "s2")]
    pairs = [("c1", "c2"), ("c2", "c3"), ("c3", "c4"), ("c1", "c4"), ("n1", "n2"), ("n2", "n3"), ("n3", "n4"), ("n1", "n4")]
    rules += [Rule(table, "holds", f"{a} + {b} >= 0") for a, b in pairs]
    rules += [Rule(table, "holds", f"{a} - {b} < 100000") for a, b in pairs]
    rules += [Rule(table, "holds", text) for text in ("length(s1) < 20", "length(s2) < 20", "d1 < d2 + 5000", "d2 < d1 + 6000")]
    rules += [Rule(table, "holds", text, plant=change) for text, change in (
        ("c1 <> 98", "c1 = 98"), ("c2 <> 1010", "c2 = 1010"), ("n1 < 1", "n1 = 50"), ("n2 < 11", "n2 = 11"), ("c3 < 9973", "c3 = 99999"),
        ("c4 < 65537", "c4 = 65537"),
    )]
    assert len(rules) == 50
    return rules


def wider_rules():
    return wide_rules("wider")


def planted(rules):
    """How many violations each rule gets: every second one as many as no other, the rest none."""
    return {rule.id: number + 1 if number % 2 == 0 and rule.plant else 0 for number, rule in enumerate(rules)}


def plant(server, rules):
    for number, rule in enumerate(rules):
        count = planted(rules)[rule.id]
        if count:
            change = rule.plant.format(table=rule.table)
            first = 40 * number
            server.sql("rules", f"UPDATE {rule.table} t SET {change} WHERE id > {first} AND id <= {first + count}")


def fused(rules):
    """The statements by hand and the rules that each counts, in its columns behind the first or in its only one."""
    statements = []
    for table in dict.fromkeys(rule.table for rule in rules):
        own = [rule for rule in rules if rule.table == table and rule.is_row_rule()]
        counts = "".join(f", count(*) FILTER (WHERE {rule.violates()})" for rule in own)
        statements.append((f"SELECT count(*){counts} FROM {table}", own))
    return statements + [(f"SELECT 0, ({rule.query()})", [rule]) for rule in rules if not rule.is_row_rule()]


class Tool:
    """How one tool is told the rules, and what it says of them. `prepare` gives the commands to run at once."""

    extra = {}

    def __init__(self, options, server, folder):
        self.options, self.server, self.folder = options, server, folder
        folder.mkdir(parents=True)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def psql(self, name, statements):
        path = self.write(name, "".join(f"{statement};\n" for statement in statements))
        return ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", f"{self.server.url}/rules", "-f", path]

    def wanted(self, rules):
        return planted(rules)


class ByHand(Tool):
    sessions = 1

    def statements(self, rules):
        return fused(rules)

    def prepare(self, rules):
        dealt = [[] for _ in range(self.sessions)]
        costs = [0.0] * self.sessions
        # Reading a table costs as much as a few conditions; uniqueness sorts.
        weigh = lambda entry: (len(entry[1]) + 4 + 40 * (entry[1][0].kind == "unique")) / TABLES.get(entry[1][0].table, 1)
        for entry in sorted(self.statements(rules), key=weigh, reverse=True):
            least = costs.index(min(costs))
            dealt[least].append(entry)
            costs[least] += weigh(entry)
        self.order = [entry for some in dealt for entry in some]
        return [self.psql(f"{number}.sql", [statement for statement, _ in some]) for number, some in enumerate(dealt)]

    def said(self, text, errors):
        found = {}
        for line, (_, own) in zip(text.split(), self.order):
            found.update(zip((rule.id for rule in own), map(int, line.split("|")[1:])))
        return found


class ByHandTwice(ByHand):
    sessions = 2


class Singly(ByHand):
    def statements(self, rules):
        return [(rule.query().replace("SELECT", "SELECT 0,", 1), [rule]) for rule in rules]


class Phasegate(Tool):
    words = ["verify", "--rules-only"]
    sample = 0

    def prepare(self, rules):
        self.write("phasegate.toml", "")
        self.write("rules/rules.toml", "\n".join(map(self.rule, rules)))
        program = pathlib.Path(self.options.phasegate).absolute()
        return [[program, *self.words, "-q", "--format", "json", "-d", f"{self.server.url}/rules", "--jobs", "2",
                 "--config", self.folder / "phasegate.toml", "--rules", self.folder / "rules",
                 "--snapshots", self.folder / "snapshots", "--migrations", self.folder / "migrations"]]

    def rule(self, rule):
        column = json.dumps(rule.column)
        low, high = (json.dumps(value) for value in (rule.values + (0, 0))[:2])
        check = {
            "not_null": f"not_null = {{ column = {column} }}",
            "accepted_values": f"accepted_values = {{ column = {column}, values = {json.dumps(rule.values)} }}",
            "range": f"accepted_range = {{ column = {column}, min = {low}, max = {high} }}",
            "matches": f"regex = {{ column = {column}, pattern = {low} }}",
            # By hand a condition that is NULL is no violation either.
            "holds": f"expression_is_true = {{ sql = {column}, null_ok = true }}",
            "unique": f"unique = {{ columns = [{column}] }}",
            "reference": f"relationships = {{ columns = [{column}], to = {low} }}",
        }[rule.kind]
        return f"[rules.{rule.id}]\ntable = \"public.{rule.table}\"\nsample = {self.sample}\ncheck.{check}\n"

    def said(self, text, errors):
        return {fact["check"]: fact["violations"] for fact in json.loads(text)["facts"] if fact["topic"] == "rule"}

    def wanted(self, rules):
        return in_rows(rules)


class Named(Phasegate):
    sample = 5


class Verify(Named):
    words = ["verify"]


def in_rows(rules):
    """Of uniqueness the rows that share a value are counted: two of each that was planted."""
    unique = {rule.id for rule in rules if rule.kind == "unique"}
    return {rule: count * (2 if rule in unique else 1) for rule, count in planted(rules).items()}


ByHand.wanted = Phasegate.wanted

DBT_MACROS = """
{% test in_range(model, column_name, low, high) %}
select * from {{ model }} where {{ column_name }} < {{ low }} or {{ column_name }} > {{ high }}
{% endtest %}
{% test matches(model, column_name, pattern) %}
select * from {{ model }} where {{ column_name }} !~ '{{ pattern }}'
{% endtest %}
{% test holds(model, condition) %}
select * from {{ model }} where not ({{ condition }})
{% endtest %}
"""


class Dbt(Tool):
    """Generic tests on sources: those that dbt has, and three macros in their manner."""

    def prepare(self, rules):
        profile = {"type": "postgres", "host": "127.0.0.1", "port": self.server.port, "user": "postgres", "password": "none",
                   "dbname": "rules", "schema": "public", "threads": 2}
        # JSON is YAML.
        self.write("profiles.yml", json.dumps({"bench": {"target": "it", "outputs": {"it": profile}}}))
        self.write("dbt_project.yml", json.dumps({"name": "bench", "version": "1.0", "config-version": 2, "profile": "bench",
                                                  "flags": {"send_anonymous_usage_stats": False}}))
        self.write("tests/generic/macros.sql", DBT_MACROS)
        tables = [self.table(table, [rule for rule in rules if rule.table == table]) for table in dict.fromkeys(rule.table for rule in rules)]
        self.write("models/sources.yml", json.dumps({"version": 2, "sources": [{"name": "portal", "schema": "public", "tables": tables}]}))
        self.extra = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        return [[self.options.dbt, "test", "--quiet", "--project-dir", self.folder, "--profiles-dir", self.folder]]

    def table(self, table, rules):
        of_columns = {}
        for rule in rules:
            if rule.kind != "holds":
                of_columns.setdefault(rule.column, []).append(self.test(rule))
        columns = [{"name": column, "data_tests": tests} for column, tests in of_columns.items()]
        return {"name": table, "columns": columns, "data_tests": [self.test(rule) for rule in rules if rule.kind == "holds"]}

    def test(self, rule):
        name, arguments = {
            "not_null": ("not_null", {}),
            "unique": ("unique", {}),
            "accepted_values": ("accepted_values", {"values": rule.values}),
            "range": ("in_range", {"low": literal((rule.values + (0,))[0]), "high": literal(rule.values[-1])} if rule.values else {}),
            "matches": ("matches", {"pattern": (rule.values + ("",))[0]}),
            "reference": ("relationships", {"to": f"source('portal', '{(rule.values + ('',))[0]}')", "field": "id"}),
            "holds": ("holds", {"condition": rule.column}),
        }[rule.kind]
        return {name: {"name": rule.id, "arguments": arguments} if arguments else {"name": rule.id}}

    def said(self, text, errors):
        results = json.loads((self.folder / "target/run_results.json").read_text())["results"]
        return {result["unique_id"].split(".")[2]: result["failures"] for result in results}


class Soda(Tool):
    """Metrics that Soda fuses itself where it can."""

    def prepare(self, rules):
        config = {"data_source bench": {"type": "postgres", "host": "127.0.0.1", "port": str(self.server.port), "username": "postgres",
                                        "password": "none", "database": "rules", "schema": "public"}}
        self.write("configuration.yml", json.dumps(config))
        self.write("home/.soda/config.yml", "send_anonymous_usage_stats: false\n")
        checks = {}
        for rule in rules:
            checks.setdefault(f"checks for {rule.table}", []).append(self.check(rule))
        self.write("checks.yml", json.dumps(checks))
        self.extra = {"HOME": str(self.folder / "home")}
        return [[self.options.soda, "scan", "-d", "bench", "-c", self.folder / "configuration.yml", "-srf", self.folder / "results.json",
                 self.folder / "checks.yml"]]

    def check(self, rule):
        column, name = rule.column, {"name": rule.id}
        if rule.kind == "not_null":
            return {f"missing_count({column}) = 0": name}
        if rule.kind == "unique":
            return {f"duplicate_count({column}) = 0": name}
        if rule.kind == "accepted_values":
            return {f"invalid_count({column}) = 0": {**name, "valid values": rule.values}}
        if rule.kind == "matches":
            return {f"invalid_count({column}) = 0": {**name, "valid regex": rule.values[0]}}
        if rule.kind == "range" and not isinstance(rule.values[0], str):
            return {f"invalid_count({column}) = 0": {**name, "valid min": rule.values[0], "valid max": rule.values[1]}}
        if rule.kind == "reference":
            return {f"values in ({column}) must exist in {rule.values[0]} (id)": name}
        metric = rule.id + "_count"
        return {f"{metric} = 0": {**name, f"{metric} expression": f"count(case when {rule.violates()} then 1 end)"}}

    def said(self, text, errors):
        results = json.loads((self.folder / "results.json").read_text())
        return {check["name"]: int(check["diagnostics"]["value"]) for check in results["checks"]}


class PgTap(Tool):
    """One file a table, one test a rule."""

    def prepare(self, rules):
        files = []
        for table in dict.fromkeys(rule.table for rule in rules):
            own = [rule for rule in rules if rule.table == table]
            tests = "".join(f"SELECT is(({rule.query()})::bigint, 0::bigint, '{rule.id}');\n" for rule in own)
            files.append(self.write(f"{table}.sql", f"BEGIN;\nSET LOCAL search_path = public, tap;\nSELECT plan({len(own)});\n{tests}SELECT * FROM finish();\nROLLBACK;\n"))
        self.extra = {"PGPASSWORD": "none"}
        return [[self.options.pg_prove, "--verbose", "--failures", "--jobs", "2", "-h", "127.0.0.1", "-p", str(self.server.port),
                 "-U", "postgres", "-d", "rules", *files]]

    def said(self, text, errors):
        text += errors
        found = {rule: 0 for rule in re.findall(r"^ok \d+ - (\w+)", text, re.MULTILINE)}
        failed = re.findall(r'# Failed test \d+: "(\w+)"\s+# +have: (\d+)', text)
        return {**found, **{rule: int(have) for rule, have in failed}}

    wanted = Phasegate.wanted


TOOLS = {"by hand": ByHand, "by hand x2": ByHandTwice, "singly": Singly, "phasegate": Phasegate, "named": Named, "verify": Verify,
         "dbt": Dbt, "soda": Soda, "pgtap": PgTap}
WORK = {
    "30 rules, 8 tables": (portal_rules, ["by hand", "by hand x2", "phasegate", "named", "verify", "dbt", "soda", "pgtap"]),
    "50 rules, 13 columns": (wide_rules, ["by hand", "singly", "phasegate", "named", "dbt", "soda", "pgtap"]),
    "50 rules, 40 columns": (wider_rules, ["by hand", "singly", "phasegate", "named"]),
}


def fill(server, rows, chosen):
    server.sql("postgres", "CREATE DATABASE rules")
    server.sql("rules", "CREATE SCHEMA tap; CREATE EXTENSION pgtap SCHEMA tap")
    more = "".join(f"(i % {prime})::int AS m{prime}, 'text ' || (i % {prime}) AS t{prime}, " for prime in (2, 3, 5, 7, 11, 13, 17, 19, 23))
    more += "".join(f"(i / {prime}.0)::numeric(14, 2) AS a{prime}, " for prime in (2, 3, 5, 7, 11, 13, 17, 19, 23))
    make = {table: TABLE.format(table=table, rows=rows, share=share) for table, share in TABLES.items()}
    make["wide"] = WIDE.format(table="wide", more="", rows=rows)
    make["wider"] = WIDE.format(table="wider", more=more, rows=rows)
    for rules in (WORK[work][0]() for work in chosen):
        tables = dict.fromkeys(rule.table for rule in rules)
        for table in tables:
            server.sql("rules", make[table])
        plant(server, rules)
        for table in tables:
            server.sql("rules", f"VACUUM (FREEZE, ANALYZE) {table}")
    server.sql("rules", "CHECKPOINT")


def one(tool, commands, rules, server, limit):
    """Seconds, seconds of the server's CPU, peak MiB, exit code, and what is to be said of the violations counted."""
    before = server.cpu()
    took, peak, code, text, errors = run(commands, tool.extra, limit)
    used = server.cpu() - before
    if code is None:
        server.sql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'rules'")
        return took, used, peak, None, f"did not end within {limit} s"
    try:
        found = tool.said(text, errors)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"{error!r}\n{text[-2000:]}\n{errors[-2000:]}", file=sys.stderr)
        return took, used, peak, code, "its answer could not be read"
    wanted = tool.wanted(rules)
    wrong = [rule for rule, count in wanted.items() if found.get(rule) != count]
    for rule in wrong:
        print(f"{rule}: {found.get(rule)} for {wanted[rule]}", file=sys.stderr)
    return took, used, peak, code, "exact" if not wrong else f"{len(wanted) - len(wrong)} of {len(wanted)} rules"


def measure(server, options, folder, found):
    """All runs by work and tool, into `found`."""
    tools = {}
    for number in range(options.rounds + 1):
        for work, (make, names) in ((work, WORK[work]) for work in options.work):
            rules = make()
            for name in (name for name in names if name in options.tools):
                if (work, name) not in tools:
                    tool = TOOLS[name](options, server, folder / f"{len(tools)}")
                    tools[work, name] = tool, tool.prepare(rules)
                if any(run[3] is None for run in found.get((work, name), [])):
                    continue
                outcome = one(*tools[work, name], rules, server, options.time_limit)
                print(f"round {number} {work} {name}: {outcome}", file=sys.stderr, flush=True)
                # Round 0 warms the server's memory and what a tool keeps of its files.
                if number > 0 or outcome[3] is None:
                    found.setdefault((work, name), []).append(outcome)


def table(found, options):
    print(f"--rows {options.rows}, {options.rounds} rounds; medians (least to most); ratio to the SQL by hand of the same round\n")
    print("| work | tool | seconds | ratio (spread) | server CPU seconds | client MiB | exit | counts |")
    print("|---|---|---|---|---|---|---|---|")
    for (work, name), runs in found.items():
        limits = found.get((work, "by hand"), runs)
        ratios = spread([run[0] / limit[0] for run, limit in zip(runs, limits)])
        codes = ", ".join(sorted({"none" if run[3] is None else str(run[3]) for run in runs}))
        counts = ", ".join(sorted({run[4] for run in runs}))
        print(f"| {work} | {name} | {spread([run[0] for run in runs])} | {ratios} | {spread([run[1] for run in runs])} | ", end="")
        print(f"{statistics.median(run[2] for run in runs):.0f} | {codes} | {counts} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=2_000_000, help="of a large table; at least 100000")
    parser.add_argument("--rounds", type=int, default=5)
    # No comma: the names have one.
    parser.add_argument("--work", nargs="+", choices=list(WORK), default=list(WORK))
    parser.add_argument("--tools", type=lambda text: text.split(","), default=list(TOOLS), help="which of " + ", ".join(TOOLS))
    for tool in PEERS:
        parser.add_argument(f"--{tool}", metavar="PROGRAM", help="where it is [default: it is installed under --venvs]")
    parser.add_argument("--pg-prove", default="pg_prove")
    parser.add_argument("--phasegate", default="target/release/phasegate")
    parser.add_argument("--pg-bin", default="/usr/lib/postgresql/15/bin")
    parser.add_argument("--venvs", default="/tmp/phasegate-peers")
    parser.add_argument("--time-limit", type=int, default=900, help="seconds after which a run is ended")
    options = parser.parse_args()
    for tool in (tool for tool in options.tools if tool in PEERS):
        setattr(options, tool, getattr(options, tool) or peers.environment(tool, options.venvs, PEERS[tool]))
    with peers.Server(options.pg_bin, "peers-rules") as server:
        fill(server, options.rows, options.work)
        found = {}
        try:
            measure(server, options, server.root / "tools", found)
        finally:
            # Also of a run that was cut short.
            table(found, options)


if __name__ == "__main__":
    main()
