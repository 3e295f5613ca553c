#!/usr/bin/env python3
"""Stands in for StarbaseDB, Cloudflare D1 or a libSQL server: the protocol of each, with its limits and losses, over a file.

One process with one thread does everything, as a Durable Object does: while a statement runs, nobody else is answered. It
prints its port and serves until it is killed. `/double` is its own: GET gives figures, POST sets attributes.
"""

import argparse
import asyncio
import base64
import contextlib
import fnmatch
import json
import math
import sqlite3
import sys
import time

PRAGMAS = {"table_list", "table_info", "table_xinfo", "index_list", "index_info", "foreign_key_list", "data_version",
           "page_size"}
SWITCHES = {"defer_foreign_keys", "ignore_check_constraints"}  # that D1 lets anybody set
QUERY_LOG = "CREATE TABLE IF NOT EXISTS tmp_query_log (id INTEGER PRIMARY KEY AUTOINCREMENT, sql_statement TEXT NOT NULL, " \
            "duration INTEGER NOT NULL, created_at DATETIME DEFAULT CURRENT_TIMESTAMP)"
CACHE = "CREATE TABLE IF NOT EXISTS tmp_cache (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp REAL NOT NULL, " \
        "ttl INTEGER NOT NULL, query TEXT UNIQUE NOT NULL, results TEXT)"
KV = "CREATE TABLE IF NOT EXISTS _cf_KV (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID"
RESULT_LIMIT, PIPELINE_LIMIT = 32 << 20, 10_000_000  # bytes
BESIDE = "beside the service"  # an agent for whom there is no way to the service
IDLE_LIMIT = 10  # seconds of a libSQL stream
REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests",
           500: "Internal Server Error", 503: "Service Unavailable"}


class Refused(Exception):
    """An answer that is none."""

    def __init__(self, status, body, headers=None):
        super().__init__(status)
        self.status, self.body, self.headers = status, body, headers or {}


# Databases ----------------------------------------------------------------------------------------------------------------


def connect(file):
    database = sqlite3.connect(file, isolation_level=None, timeout=0)
    database.text_factory = lambda data: data.decode("utf-8", "replace")
    database.execute("PRAGMA synchronous=NORMAL")
    return database


def limit(database):
    """As Cloudflare has it: short statements, narrow results, its own tables hidden, no transactions, few PRAGMAs."""
    for kind, most in ((sqlite3.SQLITE_LIMIT_SQL_LENGTH, 100_000), (sqlite3.SQLITE_LIMIT_COLUMN, 100),
                       (sqlite3.SQLITE_LIMIT_COMPOUND_SELECT, 5), (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 100),
                       (sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 100), (sqlite3.SQLITE_LIMIT_VDBE_OP, 25_000)):
        database.setlimit(kind, most)
    forbidden = {sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_SAVEPOINT, sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH}

    def allow(action, first, second, *_):
        if action in forbidden or (action == sqlite3.SQLITE_PRAGMA and first not in PRAGMAS | SWITCHES):
            return sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_READ and first.startswith("_cf_"):
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    database.set_authorizer(allow)


# Services -----------------------------------------------------------------------------------------------------------------


class Service:
    """What all of them have. Figures count what comes from nightjar alone."""

    def __init__(self, file, token, seconds):
        self.database, self.token, self.seconds = connect(file), token, seconds
        self.file = file
        self.figures = {"requests": 0, "rows": 0, "busy": 0.0, "longest": 0.0, "first": None, "last": None, "limited": 0,
                        "troubles": 0, "expired": 0, "statement": 0, "answer": 0}
        # Nightjar's requests wait when it was given so many rows; `held` says that one waits.
        self.hold_at, self.held, self.controlled = None, False, asyncio.Event()
        # Every so manieth request of nightjar's ends in a trouble: in turns 503, and a connection that is closed.
        self.trouble = 0
        # Seconds that each request is on its way, while the service has time for others.
        self.latency = 0
        self.deadline = math.inf
        self.watch(self.database)
        self.prepare()

    def prepare(self):
        pass

    def watch(self, database):
        """No statement takes longer than the limit."""
        database.set_progress_handler(lambda: time.monotonic() > self.deadline, 20_000)

    def run(self, database, sql, params=()):
        """Names of the columns, and rows."""
        self.deadline = time.monotonic() + self.seconds
        try:
            cursor = database.execute(sql, params)
            rows = cursor.fetchall()
            return [one[0] for one in cursor.description or ()], rows
        finally:
            self.deadline = math.inf

    @staticmethod
    def words(error, who):
        return f"{who} exceeded its CPU time limit and was reset." if str(error) == "interrupted" else f"{error}: SQLITE_ERROR"

    def count(self, sql, rows):
        if self.ours:
            self.figures["rows"] += len(rows)
            self.figures["statement"] = max(self.figures["statement"], len(sql.encode()))

    def bearer(self, headers):
        return headers.get("authorization", "").removeprefix("Bearer ")

    async def answer(self, method, path, headers, body):
        """Status, headers and body; None closes the connection."""
        if path == "/double":
            return self.control(method, body)
        ours = "nightjar" in headers.get("user-agent", "").lower()
        if self.latency and headers.get("user-agent") != BESIDE:
            await asyncio.sleep(self.latency)
        if ours:
            self.figures["requests"] += 1
            if self.trouble and self.figures["requests"] % self.trouble == 0:
                self.figures["troubles"] += 1
                return None if self.figures["troubles"] % 2 else (503, {}, b"busy")
            while self.hold_at is not None and self.figures["rows"] >= self.hold_at:
                self.held = True
                self.controlled.clear()
                await self.controlled.wait()
            self.held = False
        # Nobody else is answered from here on.
        self.ours = ours
        started = time.monotonic()
        try:
            status, fields, answer = 200, {}, self.serve(path, headers, body)
        except Refused as refused:
            status, fields, answer = refused.status, refused.headers, refused.body
        answer = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        if self.ours:
            ended = time.monotonic()
            figures = self.figures
            figures["busy"] += ended - started
            figures["longest"] = max(figures["longest"], ended - started)
            figures["answer"] = max(figures["answer"], len(answer))
            figures["first"], figures["last"] = figures["first"] or started, ended
        return status, fields, answer

    def control(self, method, body):
        if method == "POST":
            for name, value in json.loads(body).items():
                setattr(self, name, value)
            self.controlled.set()
        return 200, {}, json.dumps({**self.figures, "held": self.held}).encode()


def as_json(value, blob):
    """What becomes of a value in JavaScript: whole numbers are doubles, infinity is nothing, blobs are what `blob` says."""
    if isinstance(value, int):
        return value if -(1 << 53) <= value <= 1 << 53 else int(float(value))
    if isinstance(value, float):
        if math.isinf(value):
            return None
        return int(value) if value.is_integer() and abs(value) < 1e21 else value
    return blob(value) if isinstance(value, bytes) else value


class StarbaseDB(Service):
    def prepare(self):
        for sql in (CACHE, KV, QUERY_LOG):
            self.database.execute(sql)
        limit(self.database)

    def serve(self, path, headers, body):
        given = self.bearer(headers)
        if given != self.token:
            raise Refused(400 if given else 401, {"error": "Unauthorized request"})
        if path not in ("/query", "/query/raw"):
            raise Refused(404, {"error": "Not found"})
        asked = json.loads(body)
        sql = asked.get("sql")
        if not isinstance(sql, str) or not sql.strip():
            raise Refused(400, {"error": 'Invalid or empty "sql" field.'})
        try:
            columns, rows = self.run(self.database, sql, asked.get("params") or ())
        except sqlite3.Error as error:
            raise Refused(500, {"error": self.words(error, "Durable Object")}) from None
        finally:
            self.database.execute("INSERT INTO tmp_query_log (sql_statement, duration) VALUES (?, 0)", (sql,))
        self.count(sql, rows)
        # Rows go through objects on their way, also those of /raw: equal names collapse, and numbers as names come first.
        names = list(dict.fromkeys(columns))
        names = sorted((name for name in names if name.isdecimal()), key=int) + [name for name in names if not name.isdecimal()]
        places = [len(columns) - 1 - columns[::-1].index(name) for name in names]
        rows = [[as_json(row[place], lambda _: {}) for place in places] for row in rows]
        size = sum(len(one) for row in rows for one in row if isinstance(one, str))
        if size > RESULT_LIMIT:
            raise Refused(500, {"error": "Serialized RPC arguments or return values are limited to 32MiB, but the size of this "
                                         f"value was: {size} bytes."})
        if path == "/query":
            return {"result": [dict(zip(names, row)) for row in rows]}
        return {"result": {"columns": names if rows else [], "rows": rows, "meta": {"rows_read": len(rows), "rows_written": 0}}}


class CloudflareD1(Service):
    account, name = "0123456789abcdef0123456789abcdef", "01234567-89ab-cdef-0123-456789abcdef"
    # So many requests in so many seconds, and then none until these are over.
    most, window = 1200, 300

    def prepare(self):
        self.database.execute(KV)
        limit(self.database)
        self.since, self.used = time.monotonic(), 0

    def failed(self, status, code, message, headers=None):
        errors = [{"code": code, "message": message}]
        return Refused(status, {"success": False, "errors": errors, "messages": [], "result": None}, headers)

    def serve(self, path, headers, body):
        now = time.monotonic()
        if now - self.since >= self.window:
            self.since, self.used = now, 0
        self.used += 1
        if self.used > self.most:
            self.figures["limited"] += self.ours
            raise self.failed(429, 971, "Please wait and consider throttling your request speed",
                              {"Retry-After": str(math.ceil(self.since + self.window - now))})
        if self.bearer(headers) != self.token:
            raise self.failed(401, 10000, "Authentication error")
        base = f"/accounts/{self.account}/d1/database/{self.name}/"
        if path not in (base + "raw", base + "query"):
            raise self.failed(404, 7404, "The database does not exist")
        asked = json.loads(body)
        try:
            columns, rows = self.run(self.database, asked["sql"], asked.get("params") or ())
        except sqlite3.Error as error:
            raise self.failed(400, 7500, self.words(error, "D1 DB")) from None
        self.count(asked["sql"], rows)
        rows = [[as_json(value, list) for value in row] for row in rows]
        results = {"columns": columns, "rows": rows} if path.endswith("raw") else [dict(zip(columns, row)) for row in rows]
        meta = {"served_by": "double", "duration": 0.1, "changes": 0, "last_row_id": 0, "changed_db": False,
                "rows_read": len(rows), "rows_written": 0}
        return {"success": True, "errors": [], "messages": [], "result": [{"success": True, "results": results, "meta": meta}]}


class LibSQL(Service):
    """Each stream has a connection of its own, and so a transaction of its own."""

    def prepare(self):
        self.streams, self.numbers = {}, 0
        self.expire = False

    def serve(self, path, headers, body):
        if self.bearer(headers) != self.token:
            raise Refused(401, {"error": "Authentication failed"})
        if path != "/v2/pipeline":
            raise Refused(404, {"error": "not found"})
        asked = json.loads(body)
        stream = self.stream(asked.get("baton"))
        results = [self.perform(stream, request) for request in asked["requests"]]
        baton = None
        if stream["open"]:
            self.numbers += 1
            baton = f"{id(stream)}.{self.numbers}"
            self.streams[baton] = stream
            stream["used"] = time.monotonic()
        answer = {"baton": baton, "base_url": None, "results": results}
        if self.size(results) > PIPELINE_LIMIT:
            answer["results"] = [self.error("Response is too large", "RESPONSE_TOO_LARGE") for _ in results]
        return answer

    def stream(self, baton):
        now = time.monotonic()
        for one, stream in list(self.streams.items()):
            if now - stream["used"] > IDLE_LIMIT or (self.expire and self.ours):
                self.streams.pop(one)["connection"].close()
        if self.expire and self.ours:
            self.expire = False
        if baton is None:
            connection = connect(self.file)
            self.watch(connection)
            return {"connection": connection, "open": True, "used": now}
        stream = self.streams.pop(baton, None)
        if stream is None:
            self.figures["expired"] += 1
            raise Refused(400, {"error": "The stream has expired due to inactivity", "code": "STREAM_EXPIRED"})
        return stream

    def perform(self, stream, request):
        if request["type"] == "close":
            stream["open"] = False
            stream["connection"].close()
            return {"type": "ok", "response": {"type": "close"}}
        if request["type"] != "execute":
            return self.error(f"{request['type']} is not known here", "UNKNOWN")
        sql = request["stmt"]["sql"]
        try:
            columns, rows = self.run(stream["connection"], "BEGIN" if sql.upper().strip() == "BEGIN READONLY" else sql,
                                     [self.argument(one) for one in request["stmt"].get("args") or ()])
        except sqlite3.Error as error:
            return self.error(f"SQLite error: {error}", "SQLITE_ERROR")
        self.count(sql, rows)
        return {"type": "ok", "response": {"type": "execute", "result": {
            "cols": [{"name": name, "decltype": None} for name in columns],
            "rows": [[self.value(one) for one in row] for row in rows],
            "affected_row_count": 0, "last_insert_rowid": None}}}

    @staticmethod
    def size(results):
        return sum(len(value.get("value", "")) if isinstance(value.get("value"), str) else 8 for one in results
                   for row in one.get("response", {}).get("result", {}).get("rows", ()) for value in row)

    @staticmethod
    def error(message, code):
        return {"type": "error", "error": {"message": message, "code": code}}

    @staticmethod
    def argument(one):
        kind = one["type"]
        if kind == "integer":
            return int(one["value"])
        return base64.b64decode(one["base64"] + "==") if kind == "blob" else one.get("value")

    @staticmethod
    def value(one):
        if one is None:
            return {"type": "null"}
        if isinstance(one, int):
            return {"type": "integer", "value": str(one)}
        if isinstance(one, float):
            return {"type": "float", "value": None if math.isinf(one) else one}
        if isinstance(one, bytes):
            return {"type": "blob", "base64": base64.b64encode(one).decode().rstrip("=")}
        return {"type": "text", "value": one}


SERVICES = {"starbasedb": StarbaseDB, "d1": CloudflareD1, "libsql": LibSQL}
# What no backup of theirs holds unless somebody asks for it.
EXCLUDED = {"starbasedb": ("tmp_*", "_cf_*"), "d1": ("_cf_*",), "libsql": ()}


def is_excluded(service, table):
    return any(fnmatch.fnmatchcase(table, pattern) for pattern in EXCLUDED[service])


# HTTP ---------------------------------------------------------------------------------------------------------------------


async def talk(service, reader, writer):
    """The requests of a connection, one after the other."""
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, path, _ = head[0].split(" ", 2)
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            answer = await service.answer(method, path, headers, body)
            if answer is None:
                break
            status, fields, body = answer
            lines = [f"HTTP/1.1 {status} {REASONS[status]}", "Content-Type: application/json", f"Content-Length: {len(body)}",
                     *(f"{name}: {value}" for name, value in fields.items())]
            writer.write("\r\n".join([*lines, "", ""]).encode() + body)
            await writer.drain()
    writer.close()


async def serve(service):
    server = await asyncio.start_server(lambda reader, writer: talk(service, reader, writer), "127.0.0.1", 0, limit=1 << 20)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("service", choices=SERVICES)
    parser.add_argument("file")
    parser.add_argument("--seconds", type=float, default=30, help="that a statement may take (30)")
    options = parser.parse_args()
    # A token is nothing for arguments.
    asyncio.run(serve(SERVICES[options.service](options.file, sys.stdin.readline().strip(), options.seconds)))


if __name__ == "__main__":
    main()
