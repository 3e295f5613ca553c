"""docs/formats.md, read anew with Python's csv and json alone; and backups, as their manifests and objects have them."""

import base64
import contextlib
import csv
import hashlib
import io
import json
import math
import re
import sqlite3
import struct
import subprocess
import zlib

from formats_content import layouts, shown, value_of
from harness import check
from web_site import ROOT

DOCUMENT = ROOT / "docs/formats.md"
NUMBER = re.compile(rb"[ \t\n\v\f\r]*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?[ \t\n\v\f\r]*")
FIELD = re.compile(rb'(?:"((?:[^"]+|"")*)"|([^",\r\n]*))(,|\r\n)')
NEEDS_QUOTES = re.compile(rb'[,"\r\n]|\A[ \t#]|[ \t]\Z')


# CSV ----------------------------------------------------------------------------------------------------------------------


def records(data):
    """The records of CSV, each a list of fields, None for an empty one without quotes; and where each record ends."""
    found, ends, record, place = [], [], [], 0
    while place < len(data):
        match = FIELD.match(data, place)
        check(match, f"byte {place} of the CSV begins no field: {data[place:place + 80]}")
        inside, bare, end = match.groups()
        field = bare or None if inside is None else inside.replace(b'""', b'"')
        # Quotes where the rules ask for them, and nowhere else.
        needed = field is not None and (not field or bool(NEEDS_QUOTES.search(field)))
        check((inside is not None) == needed, f"the field {match[0][:80]} at {place} is quoted wrongly")
        record.append(field)
        place = match.end()
        if end == b"\r\n":
            found.append(record)
            ends.append(place)
            record = []
    check(not record, "the CSV ends within a record")
    return found, ends


def compare_with_csv(data, found):
    """Python's csv sees the same fields; it alone cannot tell NULL from empty text."""
    csv.field_size_limit(1 << 30)
    plain = list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))
    wanted = [[] if record == [None] else [(field or b"").decode() for field in record] for record in found]
    different = next((pair for pair in zip(plain, wanted) if pair[0] != pair[1]), None)
    check(plain == wanted, f"Python's csv reads other fields: {shown(different)}")


def csv_value(field, column, codec):
    if field is None:
        return "null", None
    tag, rest = field[:2], field[2:]
    if tag in (b"\\x", b"\\h"):
        check(re.fullmatch(rb"([0-9A-F]{2})*", rest), f"{shown(field)} is no hexadecimal")
        return "blob" if tag == b"\\x" else "text", bytes.fromhex(rest.decode())
    if tag == b"\\i":
        return "integer", int(rest)
    if tag == b"\\r":
        return value_of("real", float(rest))
    if tag == b"\\t":
        check(column.is_numeric and NUMBER.fullmatch(rest), f"{shown(field)} needs no tag")
        return "text", rest.decode().encode(codec)
    if field.startswith(b"\\"):
        text = field.lstrip(b"\\")
        count = len(field) - len(text)
        check(count % 2 == 0, f"{shown(field)} has no tag that is known")
        return "text", (b"\\" * (count // 2) + text).decode().encode(codec)
    if column.is_numeric and NUMBER.fullmatch(field):
        if not set(b".eE") & set(field) and -2**63 <= int(field) < 2**63:
            # The affinity makes a REAL of it.
            return ("integer", int(field)) if column.affinity != "REAL" else value_of("real", float(field))
        return value_of("real", checked_real(field.decode()))
    return "text", field.decode().encode(codec)


def checked_real(literal):
    """A REAL's double, which has a point or an exponent and no more digits than it takes."""
    def digits(text):
        return re.sub(r"[eE].*|[-+.]", "", text).strip("0")
    real = float(literal)
    is_short = math.isinf(real) or len(digits(literal)) == len(digits(repr(real)))
    check(is_short and set(".eE") & set(literal) and not re.search(r"\.\d+0(?!\d)", literal),
          f"{literal} is not how {real!r} is written")
    return real


def read_csv(data, columns, codec):
    """The rows of a table, the fields as text, and where records end."""
    found, ends = records(data)
    compare_with_csv(data, found)
    header = [(field or b"").decode() for field in found[0]]
    check(header == [column.name for column in columns], f"the header is {header}")
    check(all(len(record) == len(columns) for record in found), "a record has another number of fields")
    rows = [tuple(csv_value(field, column, codec) for field, column in zip(record, columns)) for record in found[1:]]
    return rows, [[None if field is None else field.decode() for field in record] for record in found[1:]], ends


# JSON ---------------------------------------------------------------------------------------------------------------------


class Pairs(tuple):
    """An object of JSON."""


def refuse(text):
    raise ValueError(f"{text} is not JSON")


def parse_json(text):
    return json.loads(
        text, object_pairs_hook=Pairs, parse_constant=refuse, parse_int=lambda digits: ("integer", int(digits)),
        parse_float=lambda digits: value_of("real", checked_real(digits)))


def json_value(value, codec):
    if value is None:
        return "null", None
    if isinstance(value, str):
        return "text", value.encode(codec)
    if isinstance(value, Pairs):
        (tag, text), = value
        if tag == "$real":
            return value_of("real", {"Infinity": math.inf, "-Infinity": -math.inf}[text])
        return {"$blob": "blob", "$text": "text"}[tag], base64.b64decode(text, validate=True)
    check(isinstance(value, tuple), f"{shown(value)} is no value of SQLite's")
    return value


def read_row(line, columns, codec):
    row = parse_json(line)
    check([key for key, _ in row] == [column.name for column in columns], f"the keys are other ones: {shown(line)}")
    check(not re.search(r"\s", re.sub(r'"(\\.|[^"\\])*"', "", line)), f"there is white space: {shown(line)}")
    return tuple(json_value(value, codec) for _, value in row)


def read_ndjson(data, columns, codec):
    check(not data or data.endswith(b"\n"), "the last line has no end")
    lines = data.decode().split("\n")[:-1]
    ends = [place + 1 for place, byte in enumerate(data) if byte == 10]
    return [read_row(line, columns, codec) for line in lines], ends


def read_document(data, layout, codec):
    """The rows of each table, where its array begins and ends, and where frames may end."""
    tables, ranges, ends = {}, {}, {0, len(data)}
    if data == b"{}\n":
        return tables, ranges, ends
    lines, place = data.decode().split("\n"), 0
    check(lines.pop() == "" and lines[0].startswith("{"), "the document begins or ends otherwise")
    name, opener = None, "{"
    for number, line in enumerate(lines):
        length = len(line.encode()) + 1
        if name is None:
            check(line.startswith(opener + '"') and line.endswith('":['), f"line {number + 1} is {shown(line)}")
            name = json.loads(line[len(opener):-2])
            check(name not in tables, f"{name} is there twice")
            tables[name], ranges[name] = [], (place + length - 2, None)
        elif line.startswith("]"):
            check(line == ("]}" if number + 1 == len(lines) else "],"), f"line {number + 1} is {shown(line)}")
            ranges[name] = ranges[name][0], place + 1
            ends.add(place + 1)
            name, opener = None, ""
        else:
            is_last = lines[number + 1].startswith("]")
            check(line.endswith("}") if is_last else line.endswith("},"), f"line {number + 1} ends otherwise: {shown(line)}")
            row = line if is_last else line[:-1]
            tables[name].append(read_row(row, layout[name], codec))
            ends.add(place + len(row.encode()))
        place += length
    check(name is None, "the last table does not end")
    return tables, ranges, ends


# The backups --------------------------------------------------------------------------------------------------------------


def file_of(table):
    """A table's name in keys and file names."""
    name = "".join(chr(byte) if re.match(rb"[A-Za-z0-9_.-]", bytes([byte])) else f"%{byte:02X}" for byte in table.encode())
    name = "%2E" + name[1:] if name.startswith(".") else name
    if len(name) <= 200:
        return name or "%"
    return re.sub(r"%[0-9A-F]?\Z", "", name[:180]) + "~" + hashlib.sha256(table.encode()).hexdigest()[:16]


def decompress(stored, compression):
    if compression == "none":
        return stored
    program = ["zstd", "-d", "-q", "-c"] if compression == "zstd" else ["gzip", "-d", "-c"]
    return subprocess.run(program, input=stored, capture_output=True, check=True).stdout


def frame_ends(stored, compression):
    """Where frames end in what they hold (docs/dump-format.md)."""
    sizes = []
    if compression == "zstd":
        count, _, magic = struct.unpack("<IBI", stored[-9:])
        check(magic == 0x8F92EAB1, "there is no seek table")
        table = stored[len(stored) - 9 - 8 * count:-9]
        sizes = [size for _, size in struct.iter_unpack("<II", table)]
    elif compression == "gzip":
        while stored:
            member = zlib.decompressobj(wbits=31)
            sizes.append(len(member.decompress(stored)))
            stored = member.unused_data
    return [sum(sizes[:count + 1]) for count in range(len(sizes))]


class Backup:
    """The newest backup of a database: its manifest, and what its objects hold."""

    def __init__(self, site, name, format, compression):
        self.name, self.format = name, format
        path, = sorted((site.store / name).glob("dump_*.manifest.json"))[-1:]
        self.manifest = json.loads(path.read_text())["manifest"]
        self.id = self.manifest["id"]
        self.tables = self.manifest["tables"]
        self.names = [table["name"] for table in self.tables]
        self.stored = [(site.store / record["key"]).read_bytes() for record in self.manifest["objects"]]
        self.objects = [decompress(stored, compression) for stored in self.stored]
        self.frames = [frame_ends(stored, compression) for stored in self.stored]
        self.check_objects(compression)

    def check_objects(self, compression):
        """Keys, sizes and sums of the manifest."""
        ending = {"zstd": ".zst", "gzip": ".gz", "none": ""}[compression]
        stem = f"{self.name}/{self.id}.{self.format}"
        keys = [f"{stem}{ending}"] if self.format == "json" else \
            [f"{stem}/{file_of(name)}.{self.format}{ending}" for name in self.names]
        records = self.manifest["objects"]
        found = [record["key"] for record in records]
        check(found == keys, f"{self.name}: the keys are {shown(found)}, not {shown(keys)}")
        for record, stored, data in zip(records, self.stored, self.objects):
            sizes = record["size"], record["uncompressedSize"]
            check(sizes == (len(stored), len(data)), f"{record['key']}: its sizes are {sizes}")
            if self.format != "json":
                check(record["crc32"] == f"{zlib.crc32(data):08x}", f"{record['key']}: its CRC is {record['crc32']}")
        for index, table in enumerate(self.tables):
            place = table.get("object")
            check(self.format == "json" or place == index, f"{self.name}: {shown(table['name'])} is in object {place}")

    def layouts(self):
        """The tables' columns by the manifest's schema alone."""
        with contextlib.closing(sqlite3.connect(":memory:")) as database:
            for entry in self.manifest["schema"]:
                if entry["type"] == "table" and not entry["name"].startswith("sqlite_"):
                    database.execute(entry["sql"])
            return layouts(database)

    def data(self, table):
        """The bytes that hold a table's rows."""
        record = self.tables[self.names.index(table)]
        if self.format != "json":
            return self.objects[record["object"]]
        start = record["range"]["offset"]
        return self.objects[0][start:start + record["range"]["length"]]

    def files(self):
        """What the same dump is as plain files: names and bytes."""
        if self.format == "json":
            return {f"{self.name}.json": self.objects[0]}
        return {f"{file_of(name)}.{self.format}": data for name, data in zip(self.names, self.objects)}
