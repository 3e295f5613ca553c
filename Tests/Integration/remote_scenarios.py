"""Scenarios of sources behind an HTTP API, each against a double of its service."""

import contextlib
import datetime
import shutil
import sqlite3
import time

from harness import check, say, wait_for
from remote_double import limit
from remote_load import Others, Writer, percentile
from remote_site import Double, Truth, attach, check_told, compare_with, generate, need_space, quoted

MEMORY_BUDGET = 64 << 20  # bytes
P99_BUDGET = 2.0  # times the undisturbed one
FULL = 1000  # MB from which on times count
# What JSON, doubles and SQL in between could lose.
HAZARDS = """
CREATE TABLE "hazards ""of"" JSON" (id INTEGER PRIMARY KEY, value, "0" TEXT, "1" TEXT);
INSERT INTO "hazards ""of"" JSON"(value, "0", "1") VALUES (9007199254740993, 'a', 'b'), (9223372036854775807, '', NULL),
  (-9223372036854775808, '1', '2'), (9e999, 'inf', NULL), (-9e999, NULL, NULL), (-0.0, NULL, NULL), (0.1, NULL, NULL),
  (4.9406564584124654e-324, NULL, NULL), (1.7976931348623157e308, NULL, NULL), (1.0, '1.0', '1'), ('1', NULL, NULL),
  (x'', 'empty blob', NULL), ('', 'empty text', NULL), (x'00ff80', NULL, NULL), (zeroblob(40000), NULL, NULL),
  (CAST(x'610062' AS TEXT), 'NUL', NULL), (char(13, 10, 8232, 128512), 'line ends', NULL), ('"\\', 'quotes', '''');
CREATE TABLE empty(a, b);
CREATE TABLE words(word TEXT COLLATE NOCASE PRIMARY KEY, n INTEGER) WITHOUT ROWID;
INSERT INTO words VALUES ('b', 1), ('A', 2), ('c', 3);
CREATE TABLE loose(text);
INSERT INTO loose(rowid, text) VALUES (-5, 'minus five'), (0, 'zero'), (9223372036854775807, 'the last');
"""
SEARCH = "CREATE VIRTUAL TABLE search USING fts5(title, body); INSERT INTO search SELECT title, body FROM articles LIMIT 500;"


def prepare(world, name, megabytes, sql=""):
    """A file for a service, and a copy of how it was."""
    file, original = world.work / f"{name}.db", world.work / f"{name}-original.db"
    generate(file, megabytes)
    with contextlib.closing(sqlite3.connect(file)) as database:
        database.executescript(sql)
    shutil.copy(file, original)
    return file, original


def judged(world, site, name, backup, original, log, consistency):
    """The manifest's word about a backup against the writer's log; gives the tables that are of several moments."""
    restored = world.work / f"{name}-restored.db"
    site.run("restore", backup, "--to", restored, limit=world.options.limit)
    with Truth(original, restored, log) as truth:
        truth.check()
        mixed = truth.judge(consistency)
    restored.unlink()
    return mixed


# A service that is busy ---------------------------------------------------------------------------------------------------


def busy(world):
    """StarbaseDB with 50 writes a second and others who ask: it ends, holds nobody up, and tells the truth of what moved"""
    size, seed = world.options.size, world.options.seed
    need_space(world.work, size * 9_000_000)
    say(f"   a database of {size} MB, each request {world.options.latency} ms on its way")
    file, original = prepare(world, "busy", size)
    # The limit goes down with the size, as far as a short one makes sense.
    seconds, span = min(30, max(3, 30 * size / 2048)), 60 if size >= FULL else 15
    # Whoever reads a database of this size at 1 MB a second would still end.
    patience = 600 + 6 * size
    site = world.site("busy")
    with Double("starbasedb", file, seconds) as double:
        attach(site, "busy", double)
        double.control(latency=world.options.latency / 1000)
        with site, Writer(double, 50, seed) as writer, Others(double, 100, size * 2000, seed) as others:
            begun = time.monotonic()
            # Waits for nothing: this is what is measured.
            time.sleep(span)
            asked, written = time.monotonic(), len(writer.log)
            run = site.back_up("busy", patience)
            figures, ended = double.control(), time.monotonic()
            rate = (len(writer.log) - written) / (ended - asked)
            time.sleep(span)
            over, peak = time.monotonic(), site.memory("VmHWM")
            consistency, told = check_told(site, "busy", run["backup"])
        check(run["verification"] == "proved", f"the backup is {run}")
        quiet, reading = [(begun, asked), (ended, over)], [(figures["first"], figures["last"])]
        measured(others, figures, quiet, reading)
        say(f"   backed up in {ended - asked:.0f} s, with {rate:.1f} writes a second, at most {1000 * writer.late:.0f} ms late; "
            f"the daemon took {peak / (1 << 20):.1f} MiB at most")
        mixed = judged(world, site, "busy", run["backup"], original, writer.log, consistency)
    say(f"   {len(writer.log)} transactions; the backup says '{told}' after {consistency['readings']} readings; "
        f"of several moments are: {', '.join(sorted(mixed)) or 'no tables'}")
    check(figures["longest"] < seconds, f"a statement took {figures['longest']:.1f} s")
    check(peak < MEMORY_BUDGET, f"the daemon took {peak >> 20} MiB; its budget is {MEMORY_BUDGET >> 20} MiB")
    if size >= FULL:
        ratio = percentile(others.between(*reading), 99) / percentile(others.between(*quiet), 99)
        check(ratio < P99_BUDGET, f"the others' p99 is {ratio:.2f} times the undisturbed one; its budget is {P99_BUDGET}")
        check(rate > 45, f"there were {rate:.1f} transactions a second, not 50")


def measured(others, figures, quiet, reading):
    for kind in (None, "lookup", "page", "report"):
        before, during = others.between(*quiet, kind=kind), others.between(*reading, kind=kind)
        if during:
            say(f"   {kind or 'all others':<11} p50 {percentile(before, 50):6.1f} → {percentile(during, 50):6.1f} ms, "
                f"p99 {percentile(before, 99):6.1f} → {percentile(during, 99):6.1f} ms of {len(before)} and {len(during)}")
    took = figures["last"] - figures["first"]
    say(f"   read in {took:.0f} s: {figures['requests']} requests, {figures['rows']} rows; the service was busy with that for "
        f"{100 * figures['busy'] / took:.0f}% of the time, {1000 * figures['longest']:.0f} ms at a time at most; the largest "
        f"answer had {figures['answer'] >> 10} KiB")


# D1 -----------------------------------------------------------------------------------------------------------------------


def d1(world):
    """D1 with too many requests, 503 and cut connections: equal, bit for bit, called consistent, and importable by D1"""
    file, _ = prepare(world, "d1", 3, HAZARDS)
    site = world.site("d1")
    with Double("d1", file) as double:
        attach(site, "d1", double)
        double.control(most=40, window=2, trouble=20)
        with site:
            check("Cloudflare D1" in site.run("check").stdout, "`check` does not say what the source is")
            run = site.back_up("d1", 600)
            consistency, told = check_told(site, "d1", run["backup"])
            check(consistency["kind"] == "consistent", f"nobody wrote, and it says '{told}'")
            compare_with(site, "d1", run["backup"], double)
            figures = double.control(most=1 << 30, trouble=0)
            check(figures["limited"] and figures["troubles"] > 1, f"nothing went wrong: {figures}")
            check(figures["statement"] <= 100_000, f"a statement has {figures['statement']} bytes")
            site.run("verify", run["backup"], "--against-source")
        for_d1(world, site, run["backup"], double)
    say(f"   {figures['requests']} requests, {figures['limited']} of them answered with 429 and {figures['troubles']} in "
        f"trouble: '{told}', equal, and imported again by D1")


def for_d1(world, site, backup, double):
    """The dump in the form for D1, statement by statement in one transaction, under D1's limits, with its foreign keys."""
    text, imported = world.work / "for-d1.sql", world.work / "imported.db"
    site.run("download", backup, "--for-d1", "--output", text)
    with (contextlib.closing(sqlite3.connect(imported, isolation_level=None)) as database,
          open(text, encoding="utf-8", newline="\n") as file):
        database.execute("PRAGMA journal_mode=OFF")
        database.execute("PRAGMA synchronous=OFF")
        database.execute("PRAGMA foreign_keys=ON")
        database.execute("BEGIN")
        limit(database)
        statement = ""
        for line in file:
            statement += line
            if line.rstrip().endswith(";") and sqlite3.complete_statement(statement):
                check("unistr(" not in statement, f"a statement needs unistr(): {statement[:200]}")
                check(len(statement.encode()) <= 100_000, f"a statement is too long: {statement[:200]}")
                try:
                    database.execute(statement)
                except (sqlite3.Error, MemoryError) as error:
                    check(False, f"D1 would refuse a statement ({error!r}): {statement[:300]}")
                statement = ""
        check(not statement.strip(), f"the last statement has no end: {statement[:300]}")
        database.set_authorizer(None)
        try:
            database.execute("COMMIT")
        except sqlite3.Error as error:
            check(False, f"D1 would refuse all of it ({error})")
    site.compare_files(double.copy(world.work / "d1-now.db"), imported)


# libSQL -------------------------------------------------------------------------------------------------------------------


def libsql(world):
    """libSQL with a writer, pauses longer than a stream lives, and one that expires all the same: one state, and a real one"""
    file, original = prepare(world, "libsql", 2, HAZARDS + SEARCH)
    site = world.site("libsql")
    with Double("libsql", file) as double:
        attach(site, "libsql", double, breathing="{work: 300ms, pause: 11s}")
        double.control(hold_at=5_000)
        with site, Writer(double, 20, world.options.seed) as writer:
            site.ask("POST", "/api/v1/databases/libsql/backup").expect(202)
            double.wait_held(site.tail)
            double.control(hold_at=None, expire=True)
            run = site.wait_ended("libsql", 600)
            figures = double.control()
            consistency, told = check_told(site, "libsql", run["backup"])
        check(figures["expired"] == 1, f"a stream expired {figures['expired']} times")
        check(consistency["kind"] == "consistent", f"it says '{told}'")
        judged(world, site, "libsql", run["backup"], original, writer.log, consistency)
    say(f"   {len(writer.log)} transactions meanwhile, one expired stream, {figures['requests']} requests: '{told}', as it is")


# Kills --------------------------------------------------------------------------------------------------------------------


def kills(world):
    """SIGKILL while a service is read, in each pass: the next start goes on, reads nothing twice, and makes one backup"""
    file, _ = prepare(world, "kills", 12, HAZARDS)
    with contextlib.closing(sqlite3.connect(file)) as database:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        rows = sum(database.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()[0] for name in tables)
    site = world.site("kills")
    chance = world.random
    # Of all rows, each of which is read twice. In between there are some rows: who gets on is not made to wait.
    moments = sorted([0.3, 0.8, 1.4, chance.uniform(*chance.choice([(0.4, 0.7), (0.9, 1.3), (1.5, 1.8)]))])
    with Double("starbasedb", file) as double:
        # Only what the schedule asks for is gone on with. Seconds are cut off: there is time for a start in any case.
        due = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=85)
        attach(site, "kills", double, schedule=f'"{due.minute} {due.hour} * * *"')
        double.control(hold_at=int(moments[0] * rows))
        with site:
            for number, _ in enumerate(moments, 1):
                double.wait_held(site.tail)
                check(list(site.state.rglob("mirror.db")), "there is no mirror.db while a service is read")
                site.kill()
                double.control(hold_at=int(moments[number] * rows) if number < len(moments) else None)
                site.start()
            # The last one that was killed has ended, too.
            completed = "SELECT * FROM runs WHERE database = 'kills' AND state = 'completed'"
            wait_for("the backup", lambda: site.catalog(completed), 300, tell=site.tail)
            runs = site.catalog(completed)
            run = runs[0]
            check(len(runs) == 1 and run["verification"] == "proved", f"the runs are {runs}")
            consistency, told = check_told(site, "kills", run["backup"])
            check(consistency["kind"] == "consistent", f"nobody wrote, and it says '{told}'")
            compare_with(site, "kills", run["backup"], double)
            given = double.control()["rows"]
            left = [str(path) for path in site.state.rglob("*.db*") if path.name.startswith(("mirror", "snapshot"))]
            check(not left, f"left behind: {left}")
    # A chunk and the schema are read again after each kill.
    check(given < 2 * rows + 4000 * (len(moments) + 1), f"{given} rows were read for {rows}, twice: it began anew")
    say(f"   killed {len(moments)} times, at {', '.join(f'{one:.2f}' for one in moments)} of the rows: {given} rows read for "
        f"{rows} twice, one backup, '{told}'")


# Faults -------------------------------------------------------------------------------------------------------------------


def faults(world):
    """A token revoked, and tables altered, dropped and added, in the middle: a clear error, or a right backup"""
    file, _ = prepare(world, "faults", 6, HAZARDS)
    site = world.site("faults")
    with Double("starbasedb", file) as double:
        attach(site, "faults", double)
        with site:
            token = double.token
            interrupt(site, double, lambda: double.control(token="another"))
            run = site.wait_ended("faults", states=("failed",))
            message = run["error_message"]
            check("token" in message.lower() and token not in message, f"with a revoked token it says: {message}")
            double.control(token=token)
            say(f"   a revoked token: {message}")
            interrupt(site, double, lambda: alter(double))
            run = site.wait_ended("faults", 600)
            consistency, told = check_told(site, "faults", run["backup"])
            check(consistency["kind"] in ("consistent", "each_table"), f"after one change it says '{told}'")
            compare_with(site, "faults", run["backup"], double)
            say(f"   a table dropped, one added, one altered: the backup is what there is now, '{told}'")


def interrupt(site, double, change):
    """Begins a backup, and changes something when it has read some thousand rows."""
    double.control(hold_at=double.control()["rows"] + 15_000)
    site.ask("POST", "/api/v1/databases/faults/backup").expect(202)
    double.wait_held(site.tail)
    change()
    double.control(hold_at=None)


def alter(double):
    with contextlib.closing(double.client()) as client:
        client.query("DROP TABLE files")
        client.query("ALTER TABLE customers ADD COLUMN nickname TEXT DEFAULT 'none'")
        client.query("CREATE TABLE late(id INTEGER PRIMARY KEY, text TEXT)")
        client.query("INSERT INTO late(text) VALUES ('here I am')")
