"""A writer on the source: what it waits for without backups and during them."""

import shutil
import sqlite3
import subprocess
import threading
import time

from harness import Failed, Site, remove_database, say

SEGMENTS = 3
# Seconds: what snapshot_max_lock is where nothing else was said.
LONGEST_LOCK = 10


class Writer:
    """Sends a fixed number of transactions at a steady rate and keeps two latencies of each.

    One counts from BEGIN to the end of COMMIT, the other from the moment at which the transaction was due: there, one that
    is held up also counts for those that queue behind it, and so does a late wake-up by the system.
    """

    def __init__(self, path, rate):
        self.connection = sqlite3.connect(path, timeout=60, isolation_level=None)
        self.connection.execute("PRAGMA synchronous = NORMAL")
        self.connection.execute("CREATE TABLE IF NOT EXISTS ledger(id INTEGER PRIMARY KEY, account INTEGER, amount INTEGER)")
        self.customers = self.connection.execute("SELECT max(id) FROM customers").fetchone()[0]
        self.rate = rate
        self.sent = 0

    def send(self, count):
        latencies = []  # pairs: from BEGIN, from the moment due
        start = time.monotonic()
        for number in range(count):
            due = start + number / self.rate
            wait = due - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            self.sent += 1
            account = 1 + self.sent * 7919 % self.customers
            begun = time.monotonic()
            self.connection.execute("BEGIN IMMEDIATE")
            self.connection.execute("UPDATE customers SET balance = balance + 1 WHERE id = ?", (account,))
            self.connection.execute("INSERT INTO ledger(account, amount) VALUES(?, 1)", (account,))
            self.connection.execute("COMMIT")
            ended = time.monotonic()
            latencies.append((ended - begun, ended - due))
        return latencies

    def close(self):
        self.connection.close()


class Backups:
    """Runs backups one after the other on a thread until told to stop; the one that is running then is let finish."""

    def __init__(self, site):
        self.site = site
        self.done = 0
        self.busy = 0
        self.error = None
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.loop)

    def loop(self):
        while not self.stopping.is_set():
            ended = subprocess.run(self.site.command("backup", "sample"), stdin=subprocess.DEVNULL,
                                   capture_output=True, text=True)
            if ended.returncode == 75:
                self.busy += 1
            elif ended.returncode != 0:
                self.error = ended.stdout + ended.stderr
                return
            else:
                self.done += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def milliseconds(values):
    return " / ".join(f"{1000 * v:.2f}" for v in (percentile(values, 0.5), percentile(values, 0.99), max(values)))


def tell(results, options, mode, without, during, limits):
    """The rows and the note of one journal mode."""
    (alone, alone_due), (beside, beside_due) = zip(*without), zip(*during)
    ratio = percentile(beside, 0.99) / percentile(alone, 0.99)
    is_wal = mode == "wal"
    name = "WAL" if is_wal else "rollback journal"
    results.add(
        f"a writer's p99 latency, {name}",
        f"{1000 * percentile(beside, 0.99):.2f} ms against {1000 * percentile(alone, 0.99):.2f} ms: **{ratio:.2f}**",
        "at most 1.50 of that without a backup" if is_wal else "none; for information",
        ratio <= 1.5 if is_wal else None)
    results.add(
        f"a writer's longest stall, {name}",
        f"**{1000 * max(beside):.0f} ms** during backups, {1000 * max(alone):.0f} ms without",
        "none; for information" if is_wal else f"at most {LONGEST_LOCK} s (`snapshot_max_lock`)",
        None if is_wal else max(beside) <= LONGEST_LOCK)
    limit = (
        "The limit: 1.00, for SQLite's readers hold nobody up in this mode; what is left is the same processor and disk."
        if is_wal else
        "The limit: nobody writes while SQLite reads the pages of one step, and a copy in one go holds writers for as long as "
        f"its pages take; writing and syncing so many bytes takes {limits.copying:.2f} s alone.")
    results.notes.append(
        f"Writer, {name}, synchronous=NORMAL, {options.rate} transactions a second, {len(during)} each way in {SEGMENTS} "
        f"alternating segments. p50 / p99 / max in ms from BEGIN to the end of COMMIT: "
        f"without {milliseconds(alone)}, during {milliseconds(beside)}. From the moment each transaction was due, queueing "
        f"and the system's wake-ups included: without {milliseconds(alone_due)}, during {milliseconds(beside_due)}. {limit}")


def measure_writer(results, options, work, database, mode, limits):
    say(f"\nWriter at {options.rate} transactions a second, journal mode {mode}, without and during backups")
    source = work / f"writer-{mode}.db"
    shutil.copyfile(database, source)
    with sqlite3.connect(source, isolation_level=None) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
    connection.close()
    site = Site(options.nightjar, work / f"writer-{mode}", source)
    writer = Writer(source, options.rate)
    without, during, finished, busy = [], [], 0, 0
    for number in range(SEGMENTS):
        without += writer.send(options.transactions // SEGMENTS)
        with Backups(site) as backups:
            during += writer.send(options.transactions // SEGMENTS)
        if backups.error is not None:
            raise Failed(f"a backup during the writer's work failed:\n{backups.error}")
        finished += backups.done
        busy += backups.busy
        site.empty()
        say(f"   segment {number + 1} of {SEGMENTS}: {backups.done} backups, {backups.busy} gave up as busy")
    writer.close()
    tell(results, options, mode, without, during, limits)
    gave_up = f", {busy} ended with 75 (busy)" if busy else ""
    results.notes[-1] += f" {finished} backups finished during that{gave_up}."
    shutil.rmtree(site.folder)
    remove_database(source)
