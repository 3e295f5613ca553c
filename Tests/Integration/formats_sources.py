"""The databases that are dumped: of all that is hard to carry, of what does not come back, and of the document's examples."""

import contextlib
import math
import sqlite3
import struct

TEXTS = ["plain", "", "a,b", '"', '""', 'say "hi"', "\n", "\r", "\r\n", "one\nline", "two\r\nlines\r\n", "cr\ronly", " ",
         " lead", "trail ", "\ttab", "tab\t", "#", "#hash", "a#b", "\\", "\\\\", "\\x", "\\x00", "\\N", "\\.",
         "a\r\n\\.\r\nb", "\\t12", "back\\slash", "NULL", "null", "NA", "nan", "None", "true",
         "2024-01-02", "it's", ";", "|", "=1+1",
         "\x01\x1f\x7f", "\x0b\x0c", "Zoë 😀 日本 שלום", "\u2028\u2029\u0085", "\ufeffmark", "\ufffe\uffff",
         "{\"$blob\":\"AA==\"}", "[1]", "x" * 9000]
LOOKS = ["12", "-0", "+5", "1e3", "1.0", ".5", "5.", " 12 ", "\t12", "12\n", "\x0b12\x0c", "\xa012", "1e", "0x10", "1_000",
         "1,5", "00012", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1e400", "9e999", "Infinity",
         "NaN", "12abc", "", ".", "+", "e5", "1e+", "--1", "0.1", "5e-324", "١٢"]
INTEGERS = [0, 1, -1, 127, -129, 2**31, 2**53, 2**53 + 1, -2**53 - 1, 2**63 - 1, -2**63, 2**63 - 2]
REALS = [0.0, -0.0, 5.0, 0.1, 0.2 + 0.1, 1 / 3, 5e-324, -5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1e15, 1e16,
         1e22, 1e23, 1e300, 9.2e18, 9.3e18, 9.223372036854775e18, 1e-5, 123456789.12345679, math.inf, -math.inf]
BLOBS = [b"", b"\0", b"\0\xff", b"text", b"12", b"\r\n\"", bytes(range(256))]
# In UTF-8; of UTF-16 some are valid.
BROKEN = [b"\xff", b"\x80", b"a\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"'\xff'", b"\xff\r\n", b"\\\xff",
          b"\0", b"a\0b", b"\0\0\0", b"12\0", b"\r\n\0", b"\x00\xd8", b"\x00\xdc\x00\xd8", b"\x3d\xd8\x61\x00", b"abc"]
NAMES = ["a,b", 'say "hi"', "a/b", "Ünïcode 日本 😀", ".hidden", " lead", "trail ", "%41", "line\nend", "cr\r\n", "\\h41", "#x",
         "'", "select", "", "-", "\x01", "n" * 300, "ö" * 80, "Ä", "ä", "a.b", "~"]
# Of docs/formats.md.
ORDERS = """
    CREATE TABLE orders(id INTEGER PRIMARY KEY, qty INTEGER, price REAL, note TEXT, data BLOB);
    CREATE INDEX orders_by_note ON orders(note); CREATE TABLE empty(a INTEGER, b TEXT);"""


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


@contextlib.contextmanager
def opened(path):
    """A connection that leaves transactions to its user."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous=OFF")
        database.execute("PRAGMA journal_mode=MEMORY")
        yield database


def insert(database, table, rows):
    rows = list(rows)
    database.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)


def random_double(chance):
    return struct.unpack("<d", chance.randbytes(8))[0]


def make_hazards(path, chance, encoding="UTF-8"):
    """A database of all that is hard to carry and that a restore brings back."""
    with opened(path) as database:
        database.executescript(f"""
            PRAGMA encoding = '{encoding}'; PRAGMA user_version = 42; PRAGMA application_id = 252006673; BEGIN;
            CREATE TABLE kinds(id INTEGER PRIMARY KEY, i INTEGER, r REAL, t TEXT, b BLOB, n NUMERIC, bare);
            CREATE TABLE texts(id INTEGER PRIMARY KEY, t TEXT, i INTEGER, bare);
            CREATE TABLE looks(i INTEGER, r REAL, n NUMERIC, t TEXT, b BLOB, bare);
            CREATE TABLE doubles(id INTEGER PRIMARY KEY, r REAL, n NUMERIC, bare);
            CREATE TABLE broken(id INTEGER PRIMARY KEY, t TEXT, i INTEGER, bare);
            CREATE TABLE one(x TEXT); CREATE TABLE one_integer(x INTEGER); CREATE TABLE one_blob(x BLOB);
            CREATE TABLE keyed(k TEXT, j INTEGER, v, PRIMARY KEY (k, j DESC)) WITHOUT ROWID;
            CREATE TABLE rigid(id INT PRIMARY KEY, i INTEGER, r REAL, t TEXT, b BLOB, a ANY) STRICT;
            CREATE TABLE made(v1 AS (a + 1), a INTEGER, s1 AS (a * 2) STORED, b TEXT, v2 AS (b || a) VIRTUAL);
            CREATE TABLE numbered(id INTEGER PRIMARY KEY AUTOINCREMENT, x); CREATE TABLE empty(a INTEGER, b TEXT);
            CREATE TABLE wide({', '.join(f'c{n} {("INTEGER", "REAL", "TEXT", "BLOB", "")[n % 5]}' for n in range(100))});
            CREATE TABLE long(id INTEGER PRIMARY KEY, t TEXT, b BLOB);
            CREATE TABLE many(id INTEGER PRIMARY KEY, name TEXT, price REAL, at TEXT, data BLOB);
            CREATE TABLE names({', '.join(f'{quoted(name)} DEFAULT 5' for name in NAMES)});""")
        values = [None, *TEXTS, *INTEGERS, *REALS, *BLOBS]
        insert(database, "kinds", ((None, *[value] * 6) for value in values))
        letters = "ab,\"\r\n\t #\\'é😀;0"
        made = ["".join(chance.choices(letters, k=chance.randrange(12))) for _ in range(2000)]
        insert(database, "texts", ((None, *[text] * 3) for text in TEXTS + made))
        insert(database, "looks", ([text] * 6 for text in LOOKS))
        insert(database, "looks", ([text.encode()] * 6 for text in LOOKS))
        insert(database, "doubles", ((None, *[random_double(chance)] * 3) for _ in range(5000)))
        database.executemany("INSERT INTO broken(t, i, bare) VALUES (CAST(?1 AS TEXT), CAST(?1 AS TEXT), CAST(?1 AS TEXT))",
                             [(some,) for some in BROKEN])
        for table, some in ("one", "a"), ("one_integer", 7), ("one_blob", b"\0"):
            insert(database, table, [(None,), (some,), (None,), (None,), (some,), (None,)])
        insert(database, "one", [("",), ("\r\n",), ("#",), (" ",)])
        insert(database, "one_blob", [("",), (b"",), (5,)])
        insert(database, "keyed", [(f"k{n % 7}", n, value) for n, value in enumerate(values)])
        insert(database, "rigid", [
            (1, 1, 1.5, "x", b"\0", "12"), (2, -2**63, 4, "", b"", 12), (3, None, math.inf, None, None, 12.0),
            (4, 0, -0.0, "1e3", b"35", -0.0), (5, 2**63 - 1, 5e-324, "\\", b"\\", b"12"), (6, 0, 0, "", b"", None)])
        database.executemany("INSERT INTO made(a, b) VALUES (?, ?)", [(1, "x"), (2, None), (-3, "a,\"b")])
        insert(database, "numbered", [(None, "a"), (500, "b"), (None, "c")])
        insert(database, "wide", ([chance.choice(values) for _ in range(100)] for _ in range(20)))
        insert(database, "long", [(1, "é" * 150_000 + "\"", None), (2, None, chance.randbytes(1 << 20)),
                                  (3, "\"" * 3_000_000, bytes(70_000)), (4, "y" * 999 + "\0", b"")])
        insert(database, "many", ((n, f"name {n}", n * 1.1, f"2024-01-02 03:04:{n % 60:02}",
                                   chance.randbytes(40) if n % 3 == 0 else None) for n in range(30_000)))
        database.execute("INSERT INTO names DEFAULT VALUES")
        for number, name in enumerate(NAMES):
            database.execute(f"CREATE TABLE {quoted(name)}({quoted(name)} TEXT, second INTEGER)")
            database.execute(f"INSERT INTO {quoted(name)} VALUES ('value', ?), (NULL, NULL), ('', 2)", [number])
        database.executescript("""
            DELETE FROM numbered WHERE id > 500; CREATE INDEX many_by_name ON many(name, price DESC);
            CREATE UNIQUE INDEX kinds_once ON kinds(id) WHERE i > 5;
            CREATE VIEW cheap AS SELECT name FROM many WHERE price < 5;
            CREATE TRIGGER kept AFTER INSERT ON one BEGIN DELETE FROM one; END;""")


def make_odd(path):
    """A database of what such a dump leaves out, or cannot bring back."""
    with opened(path) as database:
        database.executescript("""
            CREATE TABLE odd(id INTEGER PRIMARY KEY, a, b, c, d);
            INSERT INTO odd VALUES (1, '12', 5, 3, 'x'), (2, 3.0, 5.5, 4, 7), (3, 4, 'y', -0.0, '1e3'),
              (4, NULL, NULL, NULL, NULL);
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = 'CREATE TABLE odd(id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c REAL, d NUMERIC)'
              WHERE name = 'odd';
            PRAGMA writable_schema = RESET;
            CREATE TABLE plain(a, b INTEGER); INSERT INTO plain(rowid, a, b) VALUES (7, 'x', 1), (70, 'y', 2);
            CREATE INDEX plain_by_b ON plain(b); CREATE VIRTUAL TABLE search USING fts5(body);
            INSERT INTO search VALUES ('quick fox'), ('lazy dog'); ANALYZE;""")


def make_orders(path):
    """The table of docs/formats.md's examples; no text that has a tag."""
    notes = [None, *(text for text in TEXTS if not text.startswith("\\"))]
    reals = [None, *(real for real in REALS if math.isfinite(real))]
    with opened(path) as database:
        database.executescript(ORDERS)
        insert(database, "orders", (
            (n, [*INTEGERS, None][n % 13], reals[n % len(reals)], notes[n % len(notes)], [*BLOBS, None][(n + 3) % 8])
            for n in range(1, 500)))
