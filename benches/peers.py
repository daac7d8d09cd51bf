"""What the benchmarks beside other tools share: a server reached as they reach it, their programs, and how a run is watched."""

import os
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import throwaway


class Server(throwaway.Server):
    """Reached by TCP, as the other tools do."""

    def __init__(self, pg_bin, name):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        super().__init__(pg_bin, name, lambda _: {
            "port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "shared_buffers": "1GB",
        })
        # data-diff knows no connection without a password.
        self.url = f"postgresql://postgres:none@127.0.0.1:{self.port}"

    def psql(self, database, sql):
        return ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", f"{self.url}/{database}", "-c", sql]

    def sql(self, database, sql):
        subprocess.run(self.psql(database, sql), check=True, stdout=subprocess.DEVNULL)

    def children(self):
        return pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()

    def cpu(self):
        """Seconds of CPU of all processes that there are and were. Those of sessions are waited for: they end with them."""
        ticks = 0
        while any(b"127.0.0.1" in command_line(pid) for pid in self.children()):
            pass
        try:
            for pid, fields in [(self.pid, (13, 14, 15, 16)), *((pid, (13, 14)) for pid in self.children())]:
                stat = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ticks += sum(int(stat[field - 2]) for field in fields)
        except FileNotFoundError:
            # A process ended meanwhile; its time is now its parent's.
            return self.cpu()
        return ticks / os.sysconf("SC_CLK_TCK")


def command_line(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def environment(tool, folder, packages):
    """The tool's program in a virtual environment of its own, which is made with these packages where it is missing."""
    venv = pathlib.Path(folder) / tool
    program = venv / "bin" / {"dvt": "data-validation"}.get(tool, tool)
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run([venv / "bin" / "pip", "-q", "install", *packages], check=True)
    return str(program)


# Runs a command and writes down its seconds, its peak KiB and its exit code. A process of its own: the kernel counts the
# memory of whoever starts a program to the program's peak, and this script may hold much by then.
WATCHER = """
import os, sys, time
start = time.monotonic()
child = os.fork()
if child == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
_, status, usage = os.wait4(child, 0)
with open(sys.argv[1], "w") as file:
    print(time.monotonic() - start, usage.ru_maxrss, os.waitstatus_to_exitcode(status), file=file)
"""


def run(commands, extra, limit):
    """Seconds, peak MiB of the last client, its exit code, the output of all. Beyond the limit it is ended: no exit code."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        outputs = [tempfile.TemporaryFile("w+") for _ in commands]
        errors = tempfile.TemporaryFile("w+")
        children = []
        for number, (command, output) in enumerate(zip(commands, outputs)):
            watched = [sys.executable, "-ISc", WATCHER, f"{folder}/{number}", *command]
            environment = {**os.environ, **extra}
            children.append(subprocess.Popen(watched, stdout=output, stderr=errors, env=environment, start_new_session=True))
        overdue = False
        for child in children:
            try:
                child.wait(max(0.0, start + limit - time.monotonic()))
            except subprocess.TimeoutExpired:
                overdue = True
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        for file in [*outputs, errors]:
            file.seek(0)
        text = "".join(output.read() for output in outputs)
        if overdue:
            return time.monotonic() - start, float("nan"), None, text, errors.read()
        results = [pathlib.Path(f"{folder}/{number}").read_text().split() for number in range(len(commands))]
        took = max(float(result[0]) for result in results)
        peak, code = int(results[-1][1]) / 1024, int(results[-1][2])
        return took, peak, code, text, errors.read()


def spread(numbers):
    return f"{statistics.median(numbers):.2f} ({min(numbers):.2f} to {max(numbers):.2f})"


