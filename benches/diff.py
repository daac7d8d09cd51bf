#!/usr/bin/env python3
"""Time and client memory of `phasegate diff` against the two digest scans alone, on tables of 8 columns.

    benches/diff.py --server postgresql://postgres@127.0.0.1:5432 [--rows 5000000] [--rounds 5] [--phasegate PATH]
                    [--reladiff PATH]

The server must let this role create databases; four are made (diff_bench_*) and dropped at the end, unless --keep is
given. Needs psql. Rounds are interleaved; printed are medians, and ratios to the median of the two scans in the same
run. reladiff, where wanted, comes from PyPI: `python3 -m venv VENV && VENV/bin/pip install 'reladiff[postgresql]'`, and
its path is VENV/bin/reladiff.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

TABLE = """
CREATE TABLE bench AS SELECT i AS id, (i * 7919 % 100000)::int AS client,
    timestamptz '2020-01-01' + i * interval '37 seconds' AS at, (i % 1000003)::numeric(12, 2) / 100 AS amount,
    sqrt(i) AS rate, 'name ' || (i * 31 % 999983) AS name, md5(i::text) AS ref, i % 3 = 0 AS flag
FROM generate_series(1::bigint, {rows}) i;
ALTER TABLE bench ADD PRIMARY KEY (id);
"""
CHANGES = {
    "equal": "SELECT 1",
    "few": "UPDATE bench SET name = name || 'x' WHERE id % ({rows} / 10) = 77",
    "percent": "UPDATE bench SET amount = amount + 0.01 WHERE id % 100 = 7",
}
NULL = "hashint4extended(1853189996, (k # {c}) # 5577006791947779410)"
TEXT = "hashtextextended(v{i}::text COLLATE \"C\", (k # {c}))"
INT = "hashint4extended(1735289191, v{i}::int8 # (k # {c}))"
BOOL = "hashint4extended(v{i}::int4, (k # {c}))"
COLUMNS = [("client", INT), ("at", TEXT), ("amount", TEXT), ("rate", TEXT), ("name", TEXT), ("ref", TEXT), ("flag", BOOL)]


def digest_scan():
    """One count and one sum of a keyed 64-bit hash of every row: what a comparison cannot do without."""
    hashes = []
    for index, (_, form) in enumerate(COLUMNS):
        constant = 1234567890123 * (index + 3)
        hashes.append(f"coalesce({form.format(i=index, c=constant)}, {NULL.format(c=constant)})")
    values = ", ".join(f"r.{name} AS v{index}" for index, (name, _) in enumerate(COLUMNS))
    key = "hashint4extended(1735289191, r.id # 8674665223082153551)"
    return (
        "SET jit = off; SET TimeZone = 'UTC'; SET extra_float_digits = 1; "
        f"SELECT count(*), sum(hashint4extended(1735289191, k # {' # '.join(hashes)})) "
        f"FROM (SELECT {key} AS k, {values} FROM bench r OFFSET 0) a"
    )


def psql(server, database, sql):
    return ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", f"{server}/{database}", "-c", sql]


def run(*commands, allowed=(0,)):
    """Wall time of commands that run at the same time, and the peak memory of the last one in MiB."""
    start = time.monotonic()
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for command in commands]
    peak = 0
    for child in children:
        child.stdout.read()
        errors = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in allowed:
            sys.exit(f"{child.args[0]}: exit {child.returncode}: {errors.decode()}")
        peak = usage.ru_maxrss / 1024
    return time.monotonic() - start, peak


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--phasegate", default="target/release/phasegate")
    parser.add_argument("--reladiff")
    parser.add_argument("--cases", default=",".join(CHANGES), help="which of " + ", ".join(CHANGES))
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    server = options.server.rstrip("/")
    one = "diff_bench_a"
    cases = options.cases.split(",")
    for case in ["a", *cases]:
        name = f"diff_bench_{case}"
        run(psql(server, "postgres", f"DROP DATABASE IF EXISTS {name}"))
        run(psql(server, "postgres", f"CREATE DATABASE {name}" + ("" if case == "a" else f" TEMPLATE {one}")))
        run(psql(server, name, (TABLE if case == "a" else CHANGES[case]).format(rows=options.rows)))
        run(psql(server, name, "VACUUM ANALYZE bench"))
    times, peaks = {}, {}
    for _ in range(options.rounds):
        for case in cases:
            other = f"diff_bench_{case}"
            work = {"scans": [psql(server, one, digest_scan()), psql(server, other, digest_scan())]}
            work["phasegate"] = [[options.phasegate, "diff", f"{server}/{one}", f"{server}/{other}"]]
            if options.reladiff:
                columns = [part for name, _ in COLUMNS for part in ("-c", name)]
                work["reladiff"] = [
                    [options.reladiff, f"{server}/{one}", "bench", f"{server}/{other}", "bench", "-k", "id", *columns]
                ]
            for tool, commands in work.items():
                expected = (0 if case == "equal" else 1,) if tool == "phasegate" else (0,)
                took, peak = run(*commands, allowed=expected)
                times.setdefault((case, tool), []).append(took)
                peaks[case, tool] = max(peak, peaks.get((case, tool), 0))
    print(f"{options.rows} rows, {options.rounds} rounds, medians")
    print("| case | work | seconds | least | ratio | client MiB |\n|---|---|---|---|---|---|")
    for (case, tool), all_times in times.items():
        median = statistics.median(all_times)
        ratio = median / statistics.median(times[case, "scans"])
        print(f"| {case} | {tool} | {median:.2f} | {min(all_times):.2f} | {ratio:.2f} | {peaks[case, tool]:.0f} |")
    if not options.keep:
        for case in ["a", *cases]:
            run(psql(server, "postgres", f"DROP DATABASE diff_bench_{case}"))


if __name__ == "__main__":
    main()
