#!/usr/bin/env python3
"""The memory that `phasegate diff` needs on tables that are large, wide or different in every row.

    benches/diff_memory.py [--rows 1000000] [--wide-rows 500] [--cases narrow,keyless,...] [--goal 100]
                           [--phasegate target/release/phasegate] [--pg-bin /usr/lib/postgresql/15/bin]

Makes a server in a temporary directory and takes it away again. For each case two databases with one table each are
compared in four ways: as text with the defaults, as JSON and as CSV without a limit of rows, and with repair SQL. Told is
the client's peak of resident memory. Exit code 1: some peak is above the goal, or a comparison did not say what is so.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

from peers_diff import TABLE, Server, run

LONG = "INSERT INTO bench SELECT i, (SELECT string_agg(md5((i * 100000 + j)::text), '') FROM generate_series(1, {size}) j), i FROM generate_series(1, {rows}) i"
COLUMNS = ", ".join(f"c{number} text DEFAULT 'value {number}'" for number in range(500))
# The table, and what is done to B.
CASES = {
    "narrow, equal": (TABLE, "SELECT 1"),
    "narrow, every row differs": (TABLE, "UPDATE bench SET amount = amount + 0.01, name = name || 'x'"),
    "narrow, no row in common": (TABLE, "UPDATE bench SET id = -id"),
    "keyless, every row differs": (
        TABLE + "ALTER TABLE bench DROP CONSTRAINT bench_pkey;",
        "UPDATE bench SET amount = amount + 0.01",
    ),
    "keyless, equal in another order": (
        TABLE + "ALTER TABLE bench DROP CONSTRAINT bench_pkey;",
        "CREATE TABLE other AS SELECT * FROM bench ORDER BY ref; DROP TABLE bench; ALTER TABLE other RENAME TO bench",
    ),
    "values of 1 MB, a fifth differs": (
        "CREATE TABLE bench (id int PRIMARY KEY, t text, n int);" + LONG.replace("{size}", "32768").replace("{rows}", "{wide}"),
        "UPDATE bench SET t = t || 'x' WHERE id % 5 = 0",
    ),
    "values of 10 MB, a fifth differs": (
        "CREATE TABLE bench (id int PRIMARY KEY, t text, n int);"
        + LONG.replace("{size}", "327680").replace("{rows}", "{wide} / 5"),
        "UPDATE bench SET t = t || 'x' WHERE id % 5 = 0",
    ),
    "500 columns, every row differs": (
        "CREATE TABLE bench (id int PRIMARY KEY, " + COLUMNS + ");"
        "INSERT INTO bench SELECT i FROM generate_series(1, {rows} / 100) i",
        "UPDATE bench SET c7 = 'other', c400 = repeat('x', 900)",
    ),
}
WAYS = {
    "text": [],
    "JSON, all rows": ["--format", "json", "--limit", "1000000000"],
    "CSV, all rows": ["--format", "csv", "--limit", "1000000000"],
    "repair SQL": ["--repair-sql"],
}


def measure(server, options, case):
    """The peak in MiB for each way, and whether all of them said that the tables differ, or are equal."""
    make, change = (text.replace("{rows}", str(options.rows)).replace("{wide}", str(options.wide_rows)) for text in CASES[case])
    server.sql("postgres", "CREATE DATABASE peers_a")
    server.sql("peers_a", make)
    server.sql("postgres", "CREATE DATABASE peers_b TEMPLATE peers_a")
    server.sql("peers_b", change)
    for name in ("a", "b"):
        server.sql(f"peers_{name}", "ANALYZE bench")
    wanted = 0 if "equal" in case else 1
    peaks, codes, sizes = [], [], []
    for way, words in WAYS.items():
        with tempfile.TemporaryDirectory() as folder:
            repair = pathlib.Path(folder) / "repair.sql"
            words = [*words, repair] if way == "repair SQL" else words
            command = [options.phasegate, "diff", f"{server.url}/peers_a", f"{server.url}/peers_b", *map(str, words)]
            took, peak, code, out, errors = run([command], {}, options.time_limit)
            sizes.append((repair.stat().st_size if repair.exists() else len(out)) / (1 << 20))
            if way == "JSON, all rows" and code is not None:
                json.loads(out)
            print(f"{case}, {way}: {peak:.0f} MiB, {took:.1f} s, exit {code}", file=sys.stderr, flush=True)
            peaks.append(peak)
            codes.append(code)
    for name in ("a", "b"):
        server.sql("postgres", f"DROP DATABASE peers_{name} WITH (FORCE)")
    return peaks, sizes, all(code == wanted for code in codes)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--wide-rows", type=int, default=500)
    parser.add_argument("--cases", type=lambda text: text.split(";"), default=list(CASES), help="; between them")
    parser.add_argument("--goal", type=int, default=100, help="MiB")
    parser.add_argument("--phasegate", default="target/release/phasegate")
    parser.add_argument("--pg-bin", default="/usr/lib/postgresql/15/bin")
    parser.add_argument("--time-limit", type=int, default=900, help="seconds after which a run is ended")
    options = parser.parse_args()
    failed = False
    with Server(options.pg_bin) as server:
        print(f"{options.rows} rows, {options.wide_rows} wide ones; peak of the client in MiB (MiB written)\n")
        print("| case | " + " | ".join(WAYS) + " |")
        print("|---|" + "---|" * len(WAYS))
        for case in options.cases:
            peaks, sizes, right = measure(server, options, case)
            failed |= max(peaks) > options.goal or not right
            cells = (f"{peak:.0f} ({size:.0f})" for peak, size in zip(peaks, sizes))
            print(f"| {case}{'' if right else ': wrong'} | " + " | ".join(cells) + " |", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
