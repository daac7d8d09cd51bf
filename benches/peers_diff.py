#!/usr/bin/env python3
"""`phasegate diff` beside reladiff, data-diff and DVT on two databases with one table of 8 columns.

    benches/peers_diff.py [--rows 5000000] [--rounds 3] [--cases equal,few,percent] [--tools ...] [--time-limit 900]
                          [--phasegate target/release/phasegate] [--pg-bin /usr/lib/postgresql/15/bin]
                          [--reladiff PROGRAM] [--data-diff PROGRAM] [--dvt PROGRAM]

Makes everything itself and takes it away again: a server in a temporary directory, and a virtual environment for each
tool that no option names, under --venvs, which is kept for the next run. The versions are pinned below. Cases: equal; few, where 10 rows have another
name; percent, where 1 % have another amount. Within a round the tools run one after another, so that noise meets all.

`scans` is the limit: on both sides at once, in one psql each, a sum of a hash of every row for each of 1,024 buckets.
Told of each run: seconds; seconds of CPU of the server (all of its processes, those that ended too); the client's peak
memory; its exit code; and whether exactly the rows that differ were named. A run that does not end within --time-limit
is ended, and its tool is not run again in this case; what it took until then stands in the table with that note. Each tool compares all columns with its own
defaults, and is asked to name all rows that differ. reladiff and data-diff run with the threads of their defaults: one
for each database.
"""

import argparse
import csv
import json
import re
import statistics
import sys

import peers
from peers import run, spread

PEERS = {
    "reladiff": ["reladiff[postgresql]==0.6.0"],
    # Its last version; newer ones of what it needs no longer fit.
    "data-diff": ["data-diff[postgresql]==0.11.2", "dbt-core==1.7.18", "pydantic<2", "setuptools<80"],
    "dvt": ["google-pso-data-validator==8.10.1", "setuptools<80"],
}
COLUMNS = ["client", "at", "amount", "rate", "name", "ref", "flag"]
TABLE = """
CREATE TABLE bench AS SELECT i AS id, (i * 7919 % 100000)::int AS client,
    timestamptz '2020-01-01' + i * interval '37 seconds' AS at, ((i % 1000003)::numeric / 100)::numeric(14, 4) AS amount,
    sqrt(i) AS rate, 'name ' || (i * 31 % 999983) AS name, md5(i::text) AS ref, i % 3 = 0 AS flag
FROM generate_series(1::bigint, {rows}) i;
ALTER TABLE bench ADD PRIMARY KEY (id);
"""
# What is done to B, and the rows that then differ.
CASES = {
    "equal": ("SELECT 1", lambda rows: set()),
    "few": (
        "UPDATE bench SET name = name || 'x' WHERE id % ({rows} / 10) = 77",
        lambda rows: set(range(77, rows + 1, rows // 10)),
    ),
    "percent": ("UPDATE bench SET amount = amount + 0.01 WHERE id % 100 = 7", lambda rows: set(range(7, rows + 1, 100))),
}


def digest_scan(rows):
    """The sum of a keyed 64-bit hash of every row, for each of 1,024 ranges of keys, by the fastest safe forms."""
    instant = "'1999-12-31 23:59:59.999999+00'::timestamptz"
    forms = {
        "client": "hashint4extended(1735289191, v::int8 # (k # c))",
        "at": f"hashfloat8extended(tstzrange_subdiff(v, {instant}), (k # c))",
        "amount": 'hashtextextended(v::text COLLATE "C", (k # c))',
        "rate": "hashfloat8extended(v, (k # c))",
        "name": 'hashtextextended(v COLLATE "C", (k # c))',
        "ref": 'hashtextextended(v COLLATE "C", (k # c))',
        "flag": "hashint4extended(v::int4, (k # c))",
    }
    hashes = []
    for index, column in enumerate(COLUMNS):
        constant = str(1234567890123 * (index + 3))
        form = re.sub(r"\bv\b", f'r."{column}"', forms[column])
        form = f"coalesce({form}, hashint4extended(1853189996, k # c))"
        hashes.append(re.sub(r"\bc\b", constant, re.sub(r"\bk\b", "hashint4extended(1735289191, r.id)", form)))
    shift = max(0, rows.bit_length() - 10)
    return (
        "SET jit = off; SET enable_sort = off; SET TimeZone = 'UTC'; "
        f"SELECT r.id >> {shift}, count(*), sum(hashint4extended(1735289191, {' # '.join(hashes)})) "
        "FROM bench r GROUP BY 1"
    )


def work(tool, program, server, other, rows):
    """The commands to run at once, and the environment that they need."""
    a, b = f"{server.url}/peers_a", f"{server.url}/{other}"
    columns = [word for column in COLUMNS for word in ("-c", column)]
    if tool == "scans":
        return [server.psql("peers_a", digest_scan(rows)), server.psql(other, digest_scan(rows))], {}
    if tool == "phasegate":
        return [[program, "diff", a, b, "--format", "csv", "--limit", str(rows)]], {}
    if tool == "reladiff":
        return [[program, a, "bench", b, "bench", "-k", "id", *columns, "--json"]], {}
    if tool == "data-diff":
        return [[program, a, "bench", b, "bench", "-k", "id", *columns, "--json", "--no-tracking"]], {}
    home = server.root / f"dvt-{other}"
    home.mkdir(exist_ok=True)
    for name, database in (("a", "peers_a"), ("b", other)):
        connection = {
            "source_type": "Postgres", "host": "127.0.0.1", "port": server.port, "user": "postgres", "password": "",
            "database": database, "secret_manager_type": None,
        }
        (home / f"{name}.connection.json").write_text(json.dumps(connection))
    command = [program, "validate", "row", "-sc", "a", "-tc", "b", "-tbls", "public.bench", "-pk", "id"]
    return [[*command, "--hash", "*", "--format", "csv", "--filter-status", "fail"]], {"PSO_DV_CONN_HOME": str(home)}


def named(tool, text):
    """The ids that the tool calls different."""
    if tool == "phasegate":
        rows = csv.DictReader(text.splitlines())
        return {int(json.loads(row["key"])[0][1]) for row in rows if row["kind"] in ("changed", "only in A", "only in B")}
    if tool in ("reladiff", "data-diff"):
        found = set()
        for line in text.splitlines():
            match = re.match(r'\["?[-+]"?, \["?(\d+)"?', line)
            found.update([int(match.group(1))] if match else [])
        return found
    return {int(number) for number in re.findall(r'""id"": ""?(\d+)', text)}


def prepare(server, cases, rows):
    server.sql("postgres", "CREATE DATABASE peers_a")
    server.sql("peers_a", TABLE.format(rows=rows))
    for case in cases:
        server.sql("postgres", f"CREATE DATABASE peers_{case} TEMPLATE peers_a")
        server.sql(f"peers_{case}", CASES[case][0].format(rows=rows))
    for name in ["a", *cases]:
        server.sql(f"peers_{name}", "VACUUM (FREEZE, ANALYZE) bench")
    server.sql("postgres", "CHECKPOINT")


def measure(server, options, programs, found):
    """All runs by case and tool, into `found`."""
    for number in range(options.rounds):
        for case in options.cases:
            for tool in options.tools:
                if any(run[3] is None for run in found.get((case, tool), [])):
                    continue
                outcome = one(server, options, programs, case, tool)
                found.setdefault((case, tool), []).append(outcome)
                print(f"round {number + 1} {case} {tool}: {outcome}", file=sys.stderr, flush=True)


def one(server, options, programs, case, tool):
    """Seconds, seconds of the server's CPU, peak MiB, exit code, and what is to be said of the rows named."""
    commands, extra = work(tool, programs.get(tool), server, f"peers_{case}", options.rows)
    before = server.cpu()
    took, peak, code, text, errors = run(commands, extra, options.time_limit)
    if code is None:
        # The server does not notice at once that nobody waits any longer.
        server.sql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'peers%'")
        return took, server.cpu() - before, peak, None, f"did not end within {options.time_limit} s"
    used = server.cpu() - before
    if tool == "scans":
        return took, used, peak, code, ""
    ids, wanted = named(tool, text), CASES[case][1](options.rows)
    right = "exact" if ids == wanted else f"{len(ids & wanted)} of {len(wanted)}"
    if ids - wanted:
        right += f", {len(ids - wanted)} wrong"
    if ids != wanted:
        print(errors[-1500:] or text[-500:], file=sys.stderr)
    return took, used, peak, code, right


def table(found, rows, rounds):
    print(f"{rows} rows, {rounds} rounds; medians (least to most); ratio to the scans of the same round\n")
    print("| case | tool | seconds | ratio | server CPU seconds | client MiB | exit | rows named |")
    print("|---|---|---|---|---|---|---|---|")
    for (case, tool), runs in found.items():
        limits = found.get((case, "scans"), runs)
        ratio = statistics.median(run[0] / limit[0] for run, limit in zip(runs, limits))
        codes = ", ".join(sorted({"none" if run[3] is None else str(run[3]) for run in runs}))
        right = ", ".join(sorted({run[4] for run in runs}))
        peaks = [run[2] for run in runs if run[3] is not None]
        peak = f"{max(peaks):.0f}" if peaks else "not known"
        print(f"| {case} | {tool} | {spread([run[0] for run in runs])} | {ratio:.2f} | ", end="")
        print(f"{spread([run[1] for run in runs])} | {peak} | {codes} | {right} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cases", type=lambda text: text.split(","), default=list(CASES), help="which of " + ", ".join(CASES))
    tools = ["scans", "phasegate", *PEERS]
    parser.add_argument("--tools", type=lambda text: text.split(","), default=tools, help="which of " + ", ".join(tools))
    for tool in PEERS:
        parser.add_argument(f"--{tool}", metavar="PROGRAM", help="where it is [default: it is installed under --venvs]")
    parser.add_argument("--phasegate", default="target/release/phasegate")
    parser.add_argument("--pg-bin", default="/usr/lib/postgresql/15/bin")
    parser.add_argument("--venvs", default="/tmp/phasegate-peers")
    parser.add_argument("--time-limit", type=int, default=900, help="seconds after which a run is ended")
    options = parser.parse_args()
    programs = {}
    for tool in (tool for tool in options.tools if tool in PEERS):
        programs[tool] = getattr(options, tool.replace("-", "_")) or peers.environment(tool, options.venvs, PEERS[tool])
    programs["phasegate"] = options.phasegate
    with peers.Server(options.pg_bin, "peers-diff") as server:
        prepare(server, options.cases, options.rows)
        found = {}
        try:
            measure(server, options, programs, found)
        finally:
            # Also of a run that was cut short.
            table(found, options.rows, options.rounds)


if __name__ == "__main__":
    main()
