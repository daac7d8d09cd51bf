#!/usr/bin/env python3
"""Server CPU of a snapshot's digests against COPY (binary) of the same table to nowhere, of its statistics against one
hand-written scan, wall time of two sessions against one, and PostgreSQL's own parallel query against two sessions.

    benches/digests.py [--rows 2000000] [--rounds 5] [--columns 5,8,20] [--work compare,parallel] [--phasegate PATH]
    benches/digests.py --curve 1,5,10,20 --curve-columns 5,8,20,40      instead of all that

Makes everything itself and takes it away again: a server in a temporary directory. With --server URL and --postmaster PID
it uses that one, which must let this role create a database (digest_bench, dropped at the end) and have
track_activity_query_size = 1048576: the statement of a snapshot is taken from pg_stat_activity while it runs. CPU is user
and system time of the postmaster's children, which the kernel adds up once they have ended. Rounds are interleaved, after
one that does not count; printed are medians, with the least and the greatest.
"""

import argparse
import base64
import os
import re
import statistics
import subprocess
import time

import throwaway

KINDS = [  # name, type, expression over i
    ("client", "int", "(i * 7919 % 100000)::int"),
    ("at", "timestamptz", "timestamptz '2020-01-01' + i * interval '37 seconds'"),
    ("amount", "numeric(12,2)", "(i % 1000003)::numeric(12, 2) / 100"),
    ("rate", "float8", "sqrt(i)"),
    ("name", "text", "'name ' || (i * 31 % 999983)"),
    ("ref", "text", "md5(i::text)"),
    ("flag", "boolean", "i % 3 = 0"),
    ("day", "date", "date '2020-01-01' + (i % 3000)::int"),
    ("big", "bigint", "i * 1000003"),
]


def columns(count):
    """So many columns beside the key, the kinds in turn."""
    return [(f"{KINDS[n % len(KINDS)][0]}{n}", *KINDS[n % len(KINDS)][1:]) for n in range(count - 1)]


def numbers(kind):
    return lambda text: [kind(word) for word in text.split(",")]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", help="URL of a server's database postgres; without it one is started")
    parser.add_argument("--postmaster", type=int, help="its process")
    parser.add_argument("--pg-bin", default="/usr/lib/postgresql/15/bin")
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--columns", type=numbers(int), default=[5, 8, 20])
    parser.add_argument("--work", type=numbers(str), default=["compare", "parallel"], help="compare, parallel")
    parser.add_argument("--phasegate", default="target/release/phasegate")
    parser.add_argument("--curve", type=numbers(float), default=[], help="millions of rows")
    parser.add_argument("--curve-columns", type=numbers(int), default=[5, 8, 20, 40])
    options = parser.parse_args()
    if options.server:
        run(options)
        return
    with Server(options.pg_bin) as server:
        options.server, options.postmaster = server.url, server.pid
        run(options)


def run(options):
    bench = Bench(options)
    bench.admin("DROP DATABASE IF EXISTS digest_bench")
    bench.admin("CREATE DATABASE digest_bench")
    try:
        if options.curve:
            bench.curve(options.curve, options.curve_columns)
            return
        for work in options.work:
            print({"compare": COMPARED, "parallel": PARALLEL}[work], flush=True)
            for count in options.columns:
                bench.table(options.rows, count)
                getattr(bench, work)(count)
    finally:
        bench.admin("DROP DATABASE IF EXISTS digest_bench WITH (FORCE)")


COMPARED = "| table | work | limit | ratio (spread) |\n|---|---|---|---|"
PARALLEL = "\n| table | way | wall time, s | server CPU, s |\n|---|---|---|---|"


class Server(throwaway.Server):
    """Reached by a socket in its directory."""

    def __init__(self, pg_bin):
        super().__init__(pg_bin, "digests", lambda root: {
            "port": 54993, "listen_addresses": "", "unix_socket_directories": root, "shared_buffers": "2GB",
            "wal_level": "minimal", "max_wal_senders": 0, "track_activity_query_size": 1048576,
        })
        self.url = f"postgresql://postgres@/postgres?host={self.root}&port=54993"


class Bench:
    def __init__(self, options):
        self.options = options
        self.url = re.sub(r"/postgres(?=$|\?)", "/digest_bench", options.server)

    def admin(self, sql):
        psql(self.options.server, sql)

    def table(self, rows, count):
        made = ", ".join(f"({expression})::{kind} AS {name}" for name, kind, expression in columns(count))
        psql(self.url, f"DROP TABLE IF EXISTS bench; CREATE TABLE bench AS SELECT i AS id, {made} "
                       f"FROM generate_series(1::bigint, {rows}) i")
        psql(self.url, "ALTER TABLE bench ADD PRIMARY KEY (id)")
        psql(self.url, "VACUUM (FREEZE, ANALYZE) bench")
        psql(self.url, "CHECKPOINT")

    def cpu(self, work):
        """Seconds of server CPU and of wall time that the work takes."""
        before, start = self.spent(), time.monotonic()
        work()
        took = time.monotonic() - start
        # A backend ends a moment after its client.
        while self.children() - self.standing:
            time.sleep(0.01)
        return self.spent() - before, took

    def children(self):
        found = subprocess.run(["pgrep", "-P", str(self.options.postmaster)], capture_output=True, text=True)
        return set(found.stdout.split())

    def spent(self):
        with open(f"/proc/{self.options.postmaster}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")

    def snapshot(self, jobs=1, fingerprints="1"):
        config = "/tmp/digest_bench.toml"
        with open(config, "w") as file:
            file.write(f"[measure]\nrow_fingerprints = {fingerprints}\n[folders]\nsnapshots = \"/tmp/digest_bench\"\n")
        subprocess.run(["rm", "-rf", "/tmp/digest_bench"], check=True)
        command = [self.options.phasegate, "--config", config, "--jobs", str(jobs), "-q", "snapshot", "take"]
        subprocess.run(command, check=True, env={**os.environ, "DATABASE_URL": self.url}, stdout=subprocess.DEVNULL)

    def statement(self):
        """The one scan of the table, as the server saw it, without buckets. Needs track_activity_query_size = 1048576."""
        with subprocess.Popen([*PSQL, "-d", self.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as watch:
            config = "/tmp/digest_bench.toml"
            with open(config, "w") as file:
                file.write("[measure]\nrow_fingerprints = 0\n[folders]\nsnapshots = \"/tmp/digest_bench\"\n")
            subprocess.run(["rm", "-rf", "/tmp/digest_bench"], check=True)
            command = [self.options.phasegate, "--config", config, "--jobs", "1", "-q", "snapshot", "take"]
            taking = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": self.url}, stdout=subprocess.DEVNULL)
            found = ""
            while taking.poll() is None and not found:
                watch.stdin.write("SELECT replace(encode(convert_to(query, 'UTF8'), 'base64'), E'\\n', '') FROM pg_stat_activity WHERE query LIKE '%jit = off%' "
                                  "AND query LIKE '%bench%' AND pid <> pg_backend_pid() LIMIT 1;\n\\echo end\n")
                watch.stdin.flush()
                while (line := watch.stdout.readline().strip()) != "end":
                    found = line or found
            taking.wait()
            watch.stdin.close()
        found = base64.b64decode(found).decode()
        assert found.rstrip().endswith(("b", ";")), f"the statement was cut: {found[-80:]}"
        return found

    def compare(self, count):
        whole = self.statement()
        head, body = whole.split("SELECT ", 1)
        outputs, rest = split_outputs(body)
        digests = [output for output in outputs if is_digest(output)]
        of_columns = [output for output in digests if re.search(r"\bk\b", output)]
        figures = [output for output in outputs if not is_digest(output)]
        by_hand = ["count(*)"]
        for name, kind in [("id", "bigint"), *[(name, kind) for name, kind, _ in columns(count)]]:
            value = f'{name} COLLATE "C"' if kind == "text" else name
            by_hand.append(f"count({name})")
            if kind != "boolean":
                by_hand += [f"min({value})::text", f"max({value})::text"]
            if kind in ("int", "bigint", "numeric(12,2)"):
                by_hand.append(f"sum({name})::text")
        single = "SET max_parallel_workers_per_gather = 0; SET jit = off; "
        work = {
            "copy": lambda: self.binary_copy(),
            "columns": lambda: psql(self.url, f"{single}SET TimeZone = 'UTC'; SELECT {', '.join(of_columns)} {rest}"),
            "digests": lambda: psql(self.url, f"{single}SET TimeZone = 'UTC'; SELECT {', '.join(digests)} {rest}"),
            "snapshot": lambda: self.snapshot(fingerprints="0"),
            "buckets": lambda: self.snapshot(),
            "figures": lambda: psql(self.url, f"{single}SELECT {', '.join(figures)} {rest}"),
            "hand": lambda: psql(self.url, f"{single}SELECT {', '.join(by_hand)} FROM bench"),
            "one": lambda: self.snapshot(jobs=1),
            "two": lambda: self.snapshot(jobs=2),
        }
        rounds = self.rounds(work)
        table = f"{self.options.rows / 1e6:g}M rows, {count} columns"
        assert len(of_columns) == count, of_columns
        row(table, "digests of all columns", "COPY binary", [m["columns"][0] / m["copy"][0] for m in rounds])
        row(table, "digests of all columns and rows", "COPY binary", [m["digests"][0] / m["copy"][0] for m in rounds])
        row(table, "whole snapshot", "COPY binary", [m["snapshot"][0] / m["copy"][0] for m in rounds])
        row(table, "whole snapshot with buckets", "COPY binary", [m["buckets"][0] / m["copy"][0] for m in rounds])
        row(table, "statistics of all columns, in the snapshot's own form", "one scan by hand",
            [m["figures"][0] / m["hand"][0] for m in rounds])
        row(table, "two sessions, wall time: so many times as fast", "one session", [m["one"][1] / m["two"][1] for m in rounds])

    def rounds(self, work):
        """What each of these takes (server CPU, wall time), round by round."""
        self.standing = self.children()
        rounds = []
        for number in range(self.options.rounds + 1):
            order = list(work.items()) if number % 2 else list(reversed(work.items()))
            measured = {name: self.cpu(job) for name, job in order}
            if number:
                rounds.append(measured)
        return rounds

    def parallel(self, count):
        """The snapshot's own statement: by one session, over two ranges by two, and by PostgreSQL's parallel query. That
        does not reach past OFFSET 0: behind it one process aggregates; without it each form is computed for every use."""
        sql = self.statement().rstrip(" ;").replace("SET LOCAL jit = off;", "")
        middle = f"'({self.blocks() // 2},0)'::tid"
        halves = [sql.replace("WHERE true", f"WHERE r.ctid {half} {middle}") for half in ("<", ">=")]
        assert all(half != sql for half in halves), "the statement has no restriction to replace"
        single = "SET TimeZone = 'UTC'; SET jit = off; SET max_parallel_workers_per_gather = 0; "
        parallel = single + "SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; " \
            "SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; "
        work = {
            "one session": lambda: together(self.url, single + sql),
            "two sessions, a range each": lambda: together(self.url, *(single + half for half in halves)),
            "parallel query, 2 workers": lambda: together(self.url, parallel + sql),
            "parallel query, 2 workers, one level": lambda: together(self.url, parallel + sql.replace("OFFSET 0", "")),
        }
        rounds = self.rounds(work)
        for name in work:
            cpu, wall = ([measured[name][at] for measured in rounds] for at in (0, 1))
            print(f"| {count} columns | {name} | {spread(wall)} | {spread(cpu)} |", flush=True)

    def blocks(self):
        asked = [*PSQL, "-d", self.url, "-c", "SELECT pg_relation_size('bench') / 8192"]
        return int(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)

    def binary_copy(self):
        command = [*PSQL, "-d", self.url, "-c", "COPY bench TO STDOUT (FORMAT binary)"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def curve(self, millions, counts):
        print("| rows | columns | snapshot, server CPU s (spread) | ns a value |\n|---|---|---|---|")
        for count in counts:
            for million in millions:
                self.table(int(million * 1e6), count)
                self.standing = self.children()
                runs = [self.cpu(lambda: self.snapshot(jobs=1))[0] for _ in range(3)]
                each = statistics.median(runs) * 1e9 / (million * 1e6 * count)
                print(f"| {million:g}M | {count} | {spread(runs)} | {each:.0f} |", flush=True)
                psql(self.url, "DROP TABLE bench")


PSQL = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1"]


def psql(url, sql):
    quiet = {**os.environ, "PGOPTIONS": "-c client_min_messages=error"}
    subprocess.run([*PSQL, "-d", url, "-c", sql], check=True, stdout=subprocess.DEVNULL, env=quiet)


def together(url, *statements):
    """Runs these at once, each in a session of its own."""
    sessions = [subprocess.Popen([*PSQL, "-d", url, "-c", sql], stdout=subprocess.DEVNULL) for sql in statements]
    assert all([session.wait() == 0 for session in sessions]), "a statement failed"


def spread(numbers):
    return f"{statistics.median(numbers):.2f} ({min(numbers):.2f}-{max(numbers):.2f})"


def split_outputs(body):
    """The outputs of the outermost SELECT, and what follows them."""
    depth, outputs, start, at, quoted = 0, [], 0, 0, False
    while at < len(body):
        if body[at] == "'":
            quoted = not quoted
        elif not quoted and body[at] == "(":
            depth += 1
        elif not quoted and body[at] == ")":
            depth -= 1
        elif not quoted and depth == 0 and body[at] == ",":
            outputs.append(body[start:at].strip())
            start = at + 1
        elif not quoted and depth == 0 and body.startswith(" FROM ", at):
            outputs.append(body[start:at].strip())
            return outputs, body[at:].rstrip(" ;")
        at += 1
    raise ValueError("no FROM")


def is_digest(output):
    return "hash" in output or output in ("coalesce(sum(k), 0)",)


def row(table, work, limit, ratios):
    print(f"| {table} | {work} | {limit} | {spread(ratios)} |", flush=True)


if __name__ == "__main__":
    main()
