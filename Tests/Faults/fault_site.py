"""What the programs of this folder disturb: a source, two stores, a state directory and a configuration."""

import re
import sqlite3

RECIPIENT = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
# What a store may hold when all is done, uploads that are held by nobody aside: the next one in that folder sweeps them.
OBJECT = re.compile(
    r"(owner\.json|appliance/configuration_\d{8}-\d{6}_[0-9a-f]{16}\.json(\.age)?"
    r"|shop/dump_\d{8}-\d{6}\.(manifest\.json|verified-\d{8}-\d{6}\.json|sql\.zst(\.age)?|csv/[^/]+\.csv\.zst(\.age)?))")

# What a state directory holds where no command was broken off: no file under a temporary name, no catalog that was set aside.
STATE = re.compile(
    r"appliance\.id|catalog\.db(-shm|-wal)?|claimed-stores|kept-configurations|last-backup-id|scratch-directories|locks/[^/]+")


def contents(folder):
    """All files below a folder, by their names in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def rows(path):
    """A database as text, in an order of its own."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        text = sorted(database.iterdump())
    database.close()
    return text


def strangers(folder, pattern):
    """Files below a folder that have no business there."""
    return [name for name in contents(folder) if not pattern.fullmatch(name)]


class Site:
    """A state directory, a source, two stores and a configuration, in a folder that is copied for each case."""

    def __init__(self, folder):
        self.folder = folder
        self.source, self.stores = folder / "shop.db", [folder / "a", folder / "b"]
        self.state, self.scratch, self.target = folder / "state", folder / "scratch", folder / "target"
        self.configuration = folder / "nightjar.yaml"

    def make(self, more="", stores="a"):
        for path in [self.state, self.scratch, self.target]:
            path.mkdir()
        self.configuration.write_text(
            f"state_dir: {self.state}\nscratch_dir: {self.scratch}\nstores:\n"
            f"  a: {{type: directory, path: {self.stores[0]}}}\n  b: {{type: directory, path: {self.stores[1]}}}\n"
            f"databases:\n  shop: {{sqlite: {self.source}, store: [{stores}], retention: {{keep_last: 2}}{more}}}\n")
        with sqlite3.connect(self.source) as database:
            database.executescript(
                "CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT, data BLOB); CREATE TABLE tag(name TEXT UNIQUE, item);"
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 800)"
                " INSERT INTO item SELECT i, 'item ' || i, randomblob(150) FROM n;"
                "INSERT INTO tag SELECT name, id FROM item WHERE id % 7 = 0;")
        database.close()
