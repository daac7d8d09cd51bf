#!/usr/bin/env python3
"""The memory that `phasegate diff` needs on tables that are large, wide or different in every row.

    benches/diff_memory.py [--rows 1000000] [--wide-rows 500] [--cases equal,keyless,...] [--goal 100]
                           [--phasegate target/release/phasegate] [--pg-bin /usr/lib/postgresql/15/bin]

Makes a server in a temporary directory and takes it away again. For each case two databases with one table each are
compared in four ways: as text with the defaults, as JSON and as CSV without a limit of rows, and with repair SQL. Told is
the client's peak of resident memory. Exit code 1: some peak is above the goal, or a comparison did not say what is so, by
its exit code and by the number of rows in its JSON.
"""

import argparse
import json
import pathlib
import sys
import tempfile

from peers import Server, run
from peers_diff import TABLE

LONG = "INSERT INTO bench SELECT i, (SELECT string_agg(md5((i * 100000 + j)::text), '') FROM generate_series(1, {size}) j), i FROM generate_series(1, {rows}) i"
COLUMNS = ", ".join(f"c{number} text DEFAULT 'value {number}'" for number in range(500))
KEYLESS = TABLE + "ALTER TABLE bench DROP CONSTRAINT bench_pkey;"
WIDE = "CREATE TABLE bench (id int PRIMARY KEY, t text, n int);"
# What the case is called in the table of figures, the table of the database, what is done to B, and how many rows of both
# sides together are not alike then.
CASES = {
    "equal": ("narrow, equal", TABLE, "SELECT 1", lambda rows, wide: 0),
    "changed": (
        "narrow, every row differs",
        TABLE,
        "UPDATE bench SET amount = amount + 0.01, name = name || 'x'",
        lambda rows, wide: 2 * rows,
    ),
    "apart": ("narrow, no row in common", TABLE, "UPDATE bench SET id = -id", lambda rows, wide: 2 * rows),
    "keyless": (
        "keyless, every row differs",
        KEYLESS,
        "UPDATE bench SET amount = amount + 0.01",
        lambda rows, wide: 2 * rows,
    ),
    "order": (
        "keyless, equal in another order",
        KEYLESS,
        "CREATE TABLE other AS SELECT * FROM bench ORDER BY ref; DROP TABLE bench; ALTER TABLE other RENAME TO bench",
        lambda rows, wide: 0,
    ),
    "long": (
        "values of 1 MB, a fifth differs",
        WIDE + LONG.replace("{size}", "32768").replace("{rows}", "{wide}"),
        "UPDATE bench SET t = t || 'x' WHERE id % 5 = 0",
        lambda rows, wide: 2 * (wide // 5),
    ),
    "longer": (
        "values of 10 MB, a fifth differs",
        WIDE + LONG.replace("{size}", "327680").replace("{rows}", "{wide} / 5"),
        "UPDATE bench SET t = t || 'x' WHERE id % 5 = 0",
        lambda rows, wide: 2 * (wide // 5 // 5),
    ),
    "wide": (
        "500 columns, every row differs",
        "CREATE TABLE bench (id int PRIMARY KEY, " + COLUMNS + ");"
        "INSERT INTO bench SELECT i FROM generate_series(1, {rows} / 100) i",
        "UPDATE bench SET c7 = 'other', c400 = repeat('x', 900)",
        lambda rows, wide: 2 * (rows // 100),
    ),
}
WAYS = {
    "text": [],
    "JSON, all rows": ["--format", "json", "--limit", "1000000000"],
    "CSV, all rows": ["--format", "csv", "--limit", "1000000000"],
    "repair SQL": ["--repair-sql"],
}


def measure(server, options, case):
    """The peak and the output in MiB for each way, and whether all of them said what is so."""
    title, make, change, unlike = CASES[case]
    make, change = (text.replace("{rows}", str(options.rows)).replace("{wide}", str(options.wide_rows)) for text in (make, change))
    unlike = unlike(options.rows, options.wide_rows)
    server.sql("postgres", "CREATE DATABASE peers_a")
    server.sql("peers_a", make)
    server.sql("postgres", "CREATE DATABASE peers_b TEMPLATE peers_a")
    server.sql("peers_b", change)
    for name in ("a", "b"):
        server.sql(f"peers_{name}", "ANALYZE bench")
    peaks, sizes, right = [], [], True
    for way, words in WAYS.items():
        with tempfile.TemporaryDirectory() as folder:
            repair = pathlib.Path(folder) / "repair.sql"
            words = [*words, repair] if way == "repair SQL" else words
            command = [options.phasegate, "diff", f"{server.url}/peers_a", f"{server.url}/peers_b", *map(str, words)]
            took, peak, code, out, errors = run([command], {}, options.time_limit)
            sizes.append((repair.stat().st_size if repair.exists() else len(out)) / (1 << 20))
            right &= code == (1 if unlike else 0)
            if way == "JSON, all rows" and code is not None:
                right &= has_all_rows(json.loads(out)["diff"]["tables"][0], unlike)
            print(f"{title}, {way}: {peak:.0f} MiB, {took:.1f} s, exit {code}", file=sys.stderr, flush=True)
            peaks.append(peak)
    for name in ("a", "b"):
        server.sql("postgres", f"DROP DATABASE peers_{name} WITH (FORCE)")
    return peaks, sizes, right


def has_all_rows(table, unlike):
    """Whether each row that was found is shown, and those found are, with those not looked at, the ones that are not alike."""
    shown = sum(row["copies"] for row in table["rows"])
    on_one_side = table["only_in_a"] + table["only_in_b"]
    return shown == on_one_side + table["changed"] and unlike == on_one_side + 2 * table["changed"] + table["not_looked_at"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--wide-rows", type=int, default=500)
    parser.add_argument("--cases", type=lambda text: text.split(","), default=list(CASES), help="which of " + ", ".join(CASES))
    parser.add_argument("--goal", type=int, default=100, help="MiB")
    parser.add_argument("--phasegate", default="target/release/phasegate")
    parser.add_argument("--pg-bin", default="/usr/lib/postgresql/15/bin")
    parser.add_argument("--time-limit", type=int, default=900, help="seconds after which a run is ended")
    options = parser.parse_args()
    for case in options.cases:
        if case not in CASES:
            parser.error(f"there is no case {case!r}; there are {', '.join(CASES)}")
    failed = False
    with Server(options.pg_bin, "diff-memory") as server:
        print(f"{options.rows} rows, {options.wide_rows} wide ones; peak of the client in MiB (MiB written)\n")
        print("| case | " + " | ".join(WAYS) + " |")
        print("|---|" + "---|" * len(WAYS))
        for case in options.cases:
            peaks, sizes, right = measure(server, options, case)
            failed |= max(peaks) > options.goal or not right
            cells = (f"{peak:.0f} ({size:.0f})" for peak, size in zip(peaks, sizes))
            print(f"| {CASES[case][0]}{'' if right else ': wrong'} | " + " | ".join(cells) + " |", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
