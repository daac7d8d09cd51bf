"""A server of a benchmark's own, that lives as long as a `with` block."""

import os
import pathlib
import shutil
import subprocess
import tempfile


class Server:
    """Its files are in a temporary directory; nothing is written with care, since nothing has to outlive it."""

    SETTINGS = {
        "autovacuum": "off", "max_wal_size": "8GB", "fsync": "off", "checkpoint_timeout": "1h",
    }

    def __init__(self, pg_bin, name, settings):
        """`settings` stand beside SETTINGS, and say where it listens; made of the directory, since a socket lies there."""
        self.bin = pathlib.Path(pg_bin)
        self.root = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-"))
        self.root.chmod(0o777)
        self.settings = {**self.SETTINGS, **settings(self.root)}

    def __enter__(self):
        data = self.root / "data"
        self.command([self.bin / "initdb", "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C", data])
        with open(data / "postgresql.auto.conf", "a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in self.settings.items())
        self.command([self.bin / "pg_ctl", "-D", data, "-l", self.root / "log", "-w", "start"])
        self.pid = int((data / "postmaster.pid").read_text().split()[0])
        return self

    def __exit__(self, *_):
        self.command([self.bin / "pg_ctl", "-D", self.root / "data", "-m", "immediate", "stop"])
        shutil.rmtree(self.root)

    def command(self, words):
        """A server never runs as root."""
        user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
        subprocess.run([*user, *map(str, words)], check=True, stdout=subprocess.DEVNULL, cwd=self.root)
