"""What a database holds, as SQLite itself tells it: columns with their affinities, and every value bit for bit."""

import collections
import contextlib
import sqlite3
import struct

from formats_sources import quoted
from harness import check

CODECS = {"UTF-8": "utf-8", "UTF-16le": "utf-16-le", "UTF-16be": "utf-16-be"}


class Column:
    def __init__(self, name, declared, strict):
        self.name, self.affinity = name, affinity(declared, strict)
        self.is_numeric = self.affinity in ("INTEGER", "REAL", "NUMERIC")


def affinity(declared, strict):
    """https://www.sqlite.org/datatype3.html#determination_of_column_affinity"""
    declared = declared.upper()
    if strict and declared == "ANY":
        return "BLOB"
    if "INT" in declared:
        return "INTEGER"
    if any(word in declared for word in ("CHAR", "CLOB", "TEXT")):
        return "TEXT"
    if not declared or "BLOB" in declared:
        return "BLOB"
    return "REAL" if any(word in declared for word in ("REAL", "FLOA", "DOUB")) else "NUMERIC"


def layouts(database):
    """The stored columns of each table that such a dump carries."""
    listed = {name: (kind, strict) for _, name, kind, _, _, strict in database.execute("PRAGMA main.table_list")}
    names = [name for name, in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return {name: [Column(column[1], column[2], listed[name][1])
                   for column in database.execute(f"PRAGMA table_xinfo({quoted(name)})") if column[6] == 0]
            for name in names if listed[name][0] == "table" and not name.startswith("sqlite_stat")}


def value_of(kind, value):
    """A value so that equal ones are equal bit for bit."""
    return kind, struct.pack(">d", value) if kind == "real" else value


class Content:
    """All rows of a database file: for each table a list of rows of values, texts as they are stored."""

    def __init__(self, path):
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            self.layouts = layouts(database)
            self.rows = {name: list(self.read(database, name)) for name in self.layouts}
            self.schema = sorted(database.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema"), key=repr)
            self.facts = {fact: database.execute(f"PRAGMA {fact}").fetchone()[0]
                          for fact in ("encoding", "user_version", "application_id")}
        self.codec = CODECS[self.facts["encoding"]]

    def read(self, database, name):
        places = [quoted(column.name) for column in self.layouts[name]]
        chosen = ", ".join(f"typeof({it}), iif(typeof({it}) = 'text', CAST({it} AS BLOB), {it})" for it in places)
        for row in database.execute(f"SELECT {chosen} FROM {quoted(name)}"):
            yield tuple(value_of(kind, value) for kind, value in zip(row[::2], row[1::2]))

    def kinds(self, name, index):
        return {row[index][0] for row in self.rows[name]} - {"null"}


def compare_rows(what, wanted, found):
    """The order of rows does not matter."""
    wanted, found = collections.Counter(wanted), collections.Counter(found)
    missing, more = list((wanted - found).elements())[:2], list((found - wanted).elements())[:2]
    check(not missing and not more, f"{what}: missing are {shown(missing)}, and too many {shown(more)}")


def shown(something):
    text = repr(something)
    return text if len(text) < 1500 else f"{text[:1500]} …"
