"""What the machine needs for the parts of a backup, each alone: the limits that the benchmark names beside its figures."""

import functools
import os
import shutil
import sqlite3
import statistics
import time
from contextlib import closing

from harness import quoted, remove_database, say, settle, shell

ROUNDS = 3
CHUNK = 4 << 20


def reading(database):
    """Statements with which SQLite loads every value of every table and does no more with it than compare it once."""
    lines = []
    with closing(sqlite3.connect(database)) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'").fetchall()
        for (table,) in tables:
            columns = connection.execute("SELECT name FROM pragma_table_info(?)", (table,)).fetchall()
            values = ", ".join(f"max({quoted(name)})" for (name,) in columns)
            lines.append(f"SELECT count(*), {values} FROM {quoted(table)} NOT INDEXED;")
    return "\n".join(lines) + "\n"


def write_synced(source, target):
    """Seconds that writing a file's bytes anew takes until they are on the disk; no file is left."""
    begun = time.monotonic()
    with open(source, "rb") as given, open(target, "wb") as made:
        shutil.copyfileobj(given, made, CHUNK)
        made.flush()
        os.fsync(made.fileno())
    seconds = time.monotonic() - begun
    target.unlink()
    return seconds


def read_uncached(path):
    """Seconds that reading a file takes of which the page cache of this machine has nothing."""
    buffer = bytearray(CHUNK)
    with open(path, "rb", buffering=0) as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        begun = time.monotonic()
        while file.readinto(buffer):
            pass
        return time.monotonic() - begun


class Limits:
    """Parts of the work on one database. Each is measured when it is first asked for, and then known."""

    def __init__(self, work, database):
        self.work = work
        self.database = database
        self.size = database.stat().st_size
        self.rows = []

    @functools.cached_property
    def text(self):
        """A file with the shell's dump."""
        path = self.work / "limit.sql"
        shell(f"sqlite3 '{self.database}' .dump > '{path}'")
        return path

    @functools.cached_property
    def packed(self):
        """A file with the shell's dump, compressed."""
        path = self.work / "limit.sql.zst"
        shell(f"zstd -3 -q -f -o '{path}' '{self.text}'")
        return path

    def measure(self, what, size, action, *files):
        """The median of seconds of an action that comes over so many bytes, from the page cache."""
        say(f"   alone: {what}")
        seconds = []
        for _ in range(ROUNDS):
            settle(self.work, *files)
            seconds.append(action())
        median = statistics.median(seconds)
        self.rows.append((what, f"{median:.2f} s", f"{size / 1e6 / median:.0f} MB/s of {size / 1e6:.1f} MB"))
        return median

    @functools.cached_property
    def compressing(self):
        return self.measure(
            "`zstd -3`, one thread, of the shell's dump, to nowhere", self.text.stat().st_size,
            lambda: shell(f"zstd -3 -q -c '{self.text}' > /dev/null"), self.text)

    @functools.cached_property
    def decompressing(self):
        return self.measure(
            "`zstd -d` of that, to nowhere", self.text.stat().st_size,
            lambda: shell(f"zstd -d -q -c '{self.packed}' > /dev/null"), self.packed)

    @functools.cached_property
    def values(self):
        script = self.work / "limit-values.sql"
        script.write_text(reading(self.database))
        return self.measure(
            "reading every value through SQLite (`SELECT max(column), …`)", self.size,
            lambda: shell(f"sqlite3 -batch -bail '{self.database}' < '{script}' > /dev/null"), self.database)

    @functools.cached_property
    def rebuilding(self):
        made = self.work / "limit.db"

        def rebuild():
            remove_database(made)
            return shell(f"sqlite3 '{self.database}' \"VACUUM INTO '{made}'\"")

        seconds = self.measure(
            "all rows and indexes into a new database with no text between (`VACUUM INTO`)", self.size, rebuild,
            self.database)
        remove_database(made)
        return seconds

    @functools.cached_property
    def checking(self):
        return self.measure(
            "`PRAGMA integrity_check`", self.size,
            lambda: shell(f"sqlite3 '{self.database}' 'PRAGMA integrity_check' > /dev/null"), self.database)

    @functools.cached_property
    def copying(self):
        target = self.work / "limit-copy"
        return self.measure(
            "writing and syncing the bytes of the page copy", self.size, lambda: write_synced(self.database, target),
            self.database)

    @functools.cached_property
    def storing(self):
        target = self.work / "limit-copy"
        return self.measure(
            "writing and syncing the bytes of the compressed dump", self.packed.stat().st_size,
            lambda: write_synced(self.packed, target), self.packed)

    def measure_disk(self):
        """Adds what no figure waits for, but what all of them would with a cold cache."""
        self.measure(
            "reading the database's bytes in sequence past the page cache", self.size, lambda: read_uncached(self.database))

    @property
    def of_backup(self):
        """The parts of a backup without its proof, by name."""
        return {"writing and syncing the copy of the pages": self.copying, "reading all values": self.values,
                "compressing the shell's text": self.compressing, "writing and syncing that": self.storing}

    @property
    def of_import(self):
        return {"decompressing the shell's text": self.decompressing,
                "making all rows and indexes anew without text": self.rebuilding}

    @property
    def of_proof(self):
        return {**self.of_import, "`PRAGMA integrity_check`": self.checking}

    def table(self):
        lines = [("what, alone", "median", "rate"), ("---",) * 3, *self.rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def bound(seconds, parts):
    """A sentence about a figure and what its work consists of: names, and the seconds of each alone."""
    (first, value), *others = parts.items()
    words = f"The limit: {first} takes {value:.2f} s alone"
    if not others:
        return f"{words}, {value / seconds:.2f} of Nightjar's time."
    more = ", ".join(f"{name} {value:.2f} s" for name, value in others)
    return (
        f"{words}, {more}. The longest of these is {max(parts.values()) / seconds:.2f} of Nightjar's time, one after the other "
        f"they are {sum(parts.values()) / seconds:.2f} of it.")
