"""What the scenarios of remote sources share: doubles of the services, their configuration, and the truth of what was read.

A writer's log tells every state that its tables ever had. So a restored table can be asked of which moments its rows are.
"""

import collections
import contextlib
import http.client
import itertools
import json
import secrets
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

from harness import check, wait_for
from remote_double import CloudflareD1, is_excluded
from web_site import ROOT

# Which columns tell a row of the tables that are written to; a row is all of its columns.
KEYS = {"orders": ("id",), "readings": ("device", "at", "channel"), "settings": ("key",), "sqlite_sequence": ("name",)}


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


# Doubles ------------------------------------------------------------------------------------------------------------------


class Double:
    """A service on this machine, a process of its own."""

    def __init__(self, service, file, seconds=30):
        self.service, self.file, self.token = service, Path(file), secrets.token_hex(20)
        self.process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("remote_double.py"), service, file, "--seconds", str(seconds)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(self.token + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        check(line, f"the double of {service} does not start")
        self.port = int(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def settings(self, token, **others):
        """The source's keys in the configuration; `token` is the file that holds it."""
        keys = {"url": self.url, "token": {"file": str(token)}, **others}
        if self.service == "d1":
            keys |= {"account_id": CloudflareD1.account, "database_id": CloudflareD1.name}
        return keys

    def client(self, agent="application"):
        return Client(self, agent)

    def control(self, **attributes):
        """Sets attributes of the double, and gives its figures."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request("POST", "/double", json.dumps(attributes))
            return json.loads(connection.getresponse().read())

    def wait_held(self, tell):
        wait_for("a request that is held", lambda: self.control()["held"], 600, pause=0.02, tell=tell)

    def copy(self, path):
        """Its database as it is now, without what no backup holds."""
        with contextlib.closing(sqlite3.connect(self.file)) as source, contextlib.closing(sqlite3.connect(path)) as target:
            source.backup(target)
            names = [row[0] for row in target.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            for name in names:
                if is_excluded(self.service, name):
                    target.execute(f"DROP TABLE {quoted(name)}")
        return path


class Client:
    """Puts statements to a double, over one connection."""

    def __init__(self, double, agent):
        self.double, self.agent = double, agent
        self.connection = http.client.HTTPConnection("127.0.0.1", double.port, timeout=60)

    def query(self, sql, *values):
        path, body = {"starbasedb": self.plain, "d1": self.plain, "libsql": self.pipeline}[self.double.service](sql, values)
        self.connection.request("POST", path, json.dumps(body), {
            "Authorization": f"Bearer {self.double.token}", "Content-Type": "application/json", "User-Agent": self.agent})
        response = self.connection.getresponse()
        answer = json.loads(response.read())
        failed = response.status != 200 or answer.get("results", [{}])[0].get("type") == "error"
        check(not failed, f"{sql} is answered with {response.status} {answer}")

    def plain(self, sql, values):
        base = f"/accounts/{CloudflareD1.account}/d1/database/{CloudflareD1.name}" if self.double.service == "d1" else ""
        return f"{base}/query", {"sql": sql, "params": values}

    @staticmethod
    def pipeline(sql, values):
        def typed(one):
            if isinstance(one, float):
                return {"type": "float", "value": one}
            return {"type": "text", "value": one} if isinstance(one, str) else {"type": "integer", "value": str(one)}

        statement = {"sql": sql, "args": [typed(one) for one in values], "want_rows": True}
        return "/v2/pipeline", {"baton": None, "requests": [{"type": "execute", "stmt": statement}, {"type": "close"}]}

    def close(self):
        self.connection.close()


# The truth ----------------------------------------------------------------------------------------------------------------


class Truth:
    """Of which moments the rows of a restored database are: between the original file and the end of a writer's log."""

    def __init__(self, original, restored, log):
        self.end = len(log)
        self.versions = collections.defaultdict(lambda: collections.defaultdict(list))
        for number, effects in enumerate(log, 1):
            for table, key, row in effects:
                self.versions[table][key].append((number, row))
        self.original, self.restored = (sqlite3.connect(f"file:{path}?mode=ro", uri=True) for path in (original, restored))
        self.spans = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.original.close()
        self.restored.close()

    def look(self, database):
        return [row[0] for row in database.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'tmp!_%' ESCAPE '!' "
            "AND name NOT LIKE '!_cf!_%' ESCAPE '!' ORDER BY name")]

    def check(self):
        """Each row is one that its table had at some time, and what nobody touched is as it was."""
        names = self.look(self.original)
        check(names == self.look(self.restored), f"the tables are {self.look(self.restored)}, not {names}")
        for name in names:
            self.untouched(name)
            if name in self.versions:
                self.touched(name)

    def untouched(self, name):
        """What nobody wrote to, both sides in one order; the counters of tables that no backup holds do not matter."""
        columns = [row[1] for row in self.original.execute(f'PRAGMA table_info({quoted(name)})')]
        hidden = self.original.execute(
            "SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?", [name]).fetchone()[0]
        places = [columns.index(one) for one in KEYS.get(name, ())]
        order = ", ".join(KEYS.get(name, ["1" if hidden else "rowid"]))
        sql = f'SELECT {"" if places or hidden else "rowid, "}* FROM {quoted(name)} ORDER BY {order}'
        skipped = self.versions.get(name, {})

        def rows(database):
            for row in database.execute(sql):
                if tuple(row[place] for place in places) not in skipped and not (
                        name == "sqlite_sequence" and row[0].startswith(("tmp_", "_cf_"))):
                    yield row

        for before, after in itertools.zip_longest(rows(self.original), rows(self.restored)):
            check(before == after, f"{name}: nobody touched the row {before}, and it is {after}")

    def touched(self, name):
        condition = " AND ".join(f"{column} IS ?" for column in KEYS[name])
        changes = collections.Counter()
        for key, versions in self.versions[name].items():
            sql = f"SELECT * FROM {name} WHERE {condition}"
            row = self.restored.execute(sql, key).fetchone()
            known = [(0, self.original.execute(sql, key).fetchone()), *versions]
            ends = [number for number, _ in known[1:]] + [self.end + 1]
            fitting = [(number, end) for (number, was), end in zip(known, ends) if was == row]
            check(fitting, f"{name}: the row {key} was never {row}; it was {known}")
            for first, last in fitting:
                changes[first] += 1
                changes[last] -= 1
        self.spans[name] = (len(self.versions[name]), changes)

    def moments(self, *names):
        """How many of the log's states fit all rows of these tables that somebody wrote to."""
        spans = [self.spans[name] for name in names]
        rows, changes = sum(count for count, _ in spans), collections.Counter()
        for _, one in spans:
            # Counter.update adds, negative numbers too.
            changes.update(one)
        fitting = covered = 0
        for number in range(self.end + 1):
            covered += changes[number]
            fitting += covered == rows
        return fitting

    def judge(self, consistency):
        """Whether the manifest's words are true; gives the tables that really are of several moments."""
        mixed = {name for name in self.spans if self.moments(name) == 0}
        kind, named = consistency["kind"], set(consistency.get("tables") or ())
        if kind == "consistent":
            check(self.moments(*self.spans) > 0, f"called consistent, but no moment had all of it ({mixed or 'all tables'})")
        if kind in ("consistent", "each_table", "changed"):
            check(mixed <= named, f"called {consistency}, but {mixed} are of several moments")
        check(named <= set(self.spans), f"called {consistency}, but nobody wrote to {named - set(self.spans)}")
        check((kind == "changed") == bool(named), f"called {consistency}")
        return mixed


def words(consistency):
    """As people read it, on the page and in `show`."""
    return {"consistent": "consistent", "each_table": "each table consistent", "unchecked": "read once, not checked"}.get(
        consistency["kind"], f"changed while read: {', '.join(consistency.get('tables') or ())}")


# Sites --------------------------------------------------------------------------------------------------------------------


def generate(file, megabytes):
    """A mixed database; Cloudflare lets nobody read a user_version."""
    subprocess.run([ROOT / "Benchmarks/generate", str(megabytes), file], check=True, stdout=subprocess.DEVNULL)
    with contextlib.closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA user_version = 0")


def attach(site, name, double, settings=None, **others):
    """Configures a database that is read from a double."""
    token = site.folder / f"{name}.source-token"
    token.touch(mode=0o600)
    token.write_text(double.token + "\n")
    site.hidden.append(double.token)
    site.databases[name] = {double.service: json.dumps(double.settings(token, **(settings or {}))), **others}


def snapshot_facts(site, name, backup):
    """What the manifest says of the snapshot."""
    manifest = json.loads((site.store / name / f"{backup}.manifest.json").read_text())["manifest"]
    kind = next(iter(site.databases[name].keys() & {"starbasedb", "d1", "libsql"}))
    check(manifest["source"]["kind"] == kind, f"the source is {manifest['source']}, not a {kind}")
    check(manifest["snapshot"]["method"] == "mirror", f"the snapshot is {manifest['snapshot']}")
    return manifest["snapshot"]


def check_told(site, name, backup):
    """`show` and the page have the manifest's words; these are returned with the facts."""
    facts = snapshot_facts(site, name, backup)
    told = words(facts["consistency"])
    shown = site.run("show", backup).stdout
    check(told in " ".join(shown.split()), f"`show` does not say '{told}':\n{shown}")
    page = site.ask("GET", f"/backups/{backup}", "reader").expect(200).text
    check(told in " ".join(page.split()), f"the page of {backup} does not say '{told}'")
    return facts["consistency"], told


def compare_with(site, name, backup, double):
    """The dump, restored by zstd and the sqlite3 shell, is the double's database as it is now."""
    source = double.copy(site.folder / f"source-{secrets.token_hex(4)}.db")
    site.compare(name, site.store / name / f"{backup}.sql.zst", source)
    source.unlink()


def need_space(folder, needed):
    free = shutil.disk_usage(folder).free
    check(free > needed, f"{folder} has {free >> 20} MiB free; {needed >> 20} MiB are needed")
