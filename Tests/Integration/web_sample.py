"""A site as it is after three months of work, for pictures: six small databases, a backup of each day, a few bad days.

Each backup is a real one, made at its time by faketime; only what a small sample cannot have is written into the catalog
afterwards: that the schedule asked for the runs, and how long those of large databases take.
"""

import contextlib
import ctypes
import datetime
import os
import random
import sqlite3
import subprocess
import zoneinfo
from pathlib import Path

from web_site import Site, check, wait_for

ZONE = zoneinfo.ZoneInfo("Europe/Berlin")
STORE = Path("/var/backups/nightjar")
RETENTION = "{keep_last: 7, keep_daily: 14, keep_weekly: 8, keep_monthly: 12}"
# Name: time of the day, days since it began, rows to begin with and each day, seconds of a run, tables.
DATABASES = {
    "accounts": ((2, 47), 90, 3000, 40, 6, ("users", "sessions", "roles")),
    "forum": ((3, 5), 90, 9000, 180, 31, ("threads", "posts", "members", "reactions")),
    "invoices": ((3, 29), 90, 1500, 12, 4, ("invoices", "lines", "payments")),
    "newsletter": ((4, 30), 33, 800, 25, 3, ("subscribers", "issues")),
    "shop": ((3, 17), 90, 12000, 260, 48, ("customers", "orders", "order_items", "products", "reviews")),
    "wiki": ((2, 20), 90, 4000, 30, 11, ("pages", "revisions", "links")),
}
# Days ago on which something was not as it should be.
FAILED = {"forum": (61, 60), "wiki": (18,)}
UNVERIFIED = {"accounts": (40,), "shop": (72,)}
MISSED = {"invoices": (52, 51), "forum": (33,)}
WORDS = "amber birch cedar delta ember fjord grove heath inlet jetty knoll lagoon meadow north orchard pine quay reef".split()


class Sample:
    """`make` writes the history, `site` is then to be started, and `settle` waits until the daemon has looked at it."""

    def __init__(self, nightjar, work):
        self.work = work
        self.random = random.Random(8630)
        self.site = Site(nightjar, work / "site", store=STORE,
                         defaults={"timezone": "Europe/Berlin", "retention": RETENTION})

    def make(self, say):
        self.mount("/srv", "/var/backups")
        STORE.mkdir()
        for name, (clock, _, rows, _, _, tables) in DATABASES.items():
            file = self.site.add(name, Path(f"/srv/{name}/{name}.db"), schedule=f'"{clock[1]} {clock[0]} * * *"')
            file.parent.mkdir()
            with contextlib.closing(sqlite3.connect(file)) as database:
                database.execute("PRAGMA journal_mode=WAL")
                for table in tables:
                    database.execute(
                        f"CREATE TABLE {table}(id INTEGER PRIMARY KEY, name TEXT, at INTEGER, amount REAL, note TEXT)")
            self.grow(name, rows)
        self.site.port = 8630
        self.site.configure()
        days = max(days for _, days, *_ in DATABASES.values())
        say(f"Making the backups of {days} days (about a minute)")
        now = datetime.datetime.now(ZONE)
        slots = sorted((slot, name, ago) for name in DATABASES for slot, ago in self.slots(name, now))
        for slot, name, ago in slots:
            self.back_up(name, slot, ago)
        self.finish({name: max(slot for slot, other, _ in slots if other == name) for name in DATABASES})

    def settle(self):
        """The day's deletions have been done, and nothing is due."""
        site = self.site
        wait_for("the day's retention", lambda: site.catalog("SELECT 1 FROM meta WHERE lower(key) LIKE '%prune%'"), 60)
        overview = site.get("/api/v1/overview")
        check(overview["isProtected"] and not overview["running"], f"the sample is not well: {overview['headline']}")

    # The steps ----------------------------------------------------------------------------------------------------------

    def mount(self, *folders):
        """The places of a real server, in this program's mount namespace alone."""
        MS_BIND, MS_PRIVATE, MS_REC = 4096, 1 << 18, 16384
        libc = ctypes.CDLL(None, use_errno=True)
        check(libc.mount(None, b"/", None, MS_PRIVATE | MS_REC, None) == 0, os.strerror(ctypes.get_errno()))
        # faketime stumbles over what killed ones of the same process id have left there.
        check(libc.mount(b"tmpfs", b"/dev/shm", b"tmpfs", 0, None) == 0, os.strerror(ctypes.get_errno()))
        for folder in folders:
            mine = self.work / folder.strip("/").replace("/", "-")
            mine.mkdir()
            done = libc.mount(os.fsencode(mine), os.fsencode(folder), None, MS_BIND, None)
            check(done == 0, f"{folder}: {os.strerror(ctypes.get_errno())}")

    def slots(self, name, now):
        (hour, minute), days, *_ = DATABASES[name]
        for ago in range(days, -1, -1):
            slot = (now - datetime.timedelta(days=ago)).replace(hour=hour, minute=minute, second=0, microsecond=0)
            if slot < now - datetime.timedelta(minutes=1) and ago not in MISSED.get(name, ()):
                yield slot, ago

    def grow(self, name, rows):
        *_, tables = DATABASES[name]
        with contextlib.closing(sqlite3.connect(self.site.source(name))) as database, database:
            for _ in range(rows):
                words = " ".join(self.random.choices(WORDS, k=self.random.randrange(3, 14)))
                database.execute(f"INSERT INTO {self.random.choice(tables)}(name, at, amount, note) VALUES (?, ?, ?, ?)",
                                 (words.split()[0].title(), self.random.randrange(1_700_000_000, 1_800_000_000),
                                  self.random.randrange(100, 99_999) / 100, words))

    def back_up(self, name, slot, ago):
        source = self.site.source(name)
        away = source.with_suffix(".away")
        self.grow(name, int(DATABASES[name][3] * self.random.uniform(0.4, 1.6)))
        fails = ago in FAILED.get(name, ())
        if fails:
            source.rename(away)
        words = ["--no-verify"] if ago in UNVERIFIED.get(name, ()) else []
        time = slot.astimezone(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
        done = subprocess.run(
            ["faketime", time, self.site.nightjar, "--config", self.site.config, "backup", name, *words],
            env={**os.environ, "TZ": "UTC", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=60)
        if fails:
            away.rename(source)
        check((done.returncode == 0) != fails, f"{name} at {time} ended with {done.returncode}: {done.stderr}")

    def finish(self, last):
        with contextlib.closing(sqlite3.connect(self.site.state / "catalog.db")) as catalog, catalog:
            catalog.execute("UPDATE runs SET trigger = 'schedule', slot = started_at, pid = 812")
            for name, (*_, seconds, _) in DATABASES.items():
                runs = catalog.execute("SELECT id, rows FROM runs WHERE database = ? ORDER BY id", (name,)).fetchall()
                most = max(found for _, found in runs)
                for run, found in runs:
                    length = max(1, round(seconds * found / most * self.random.uniform(0.85, 1.25)))
                    catalog.execute("UPDATE runs SET finished_at = started_at + ? WHERE id = ?", (length, run))
                catalog.execute("UPDATE databases SET handled_slot = ? WHERE name = ?", (int(last[name].timestamp()), name))
