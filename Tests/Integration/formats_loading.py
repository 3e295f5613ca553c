"""Scenarios of programs that load dumps: DuckDB and pandas with every hazard, and the examples of docs/formats.md."""

import base64
import json
import math
import os
import re
import struct
import subprocess
from pathlib import Path

from formats_content import compare_rows, shown, value_of
from formats_reading import DOCUMENT, Pairs, json_value, parse_json, read_csv
from formats_sources import opened
from harness import check, say

PACKAGES = ["duckdb==2.0.0", "pandas==3.1.1"]
# Of docs/formats.md; that they stand there is looked at.
DUCKDB_CSV = "auto_detect=false, header=true, new_line='\\r\\n', allow_quoted_nulls=false, parallel=false"
DUCKDB_NDJSON = "format='newline_delimited', records=true"
PANDAS_CSV = 'keep_default_na=False, na_values=[""], skip_blank_lines=False'


# DuckDB and pandas --------------------------------------------------------------------------------------------------------


def readers(trial):
    """DuckDB and pandas, with the options of docs/formats.md, see the same rows, integers, doubles and texts"""
    folder, tables = trial.folder("readers"), 0
    for backup in trial.sources("", "-16"):
        source = trial.source(backup.name)
        for name in backup.names:
            what, columns = f"{backup.name}, {shown(name)}", source.layouts[name]
            file = folder / f"table.{backup.format}"
            file.write_bytes(backup.data(name))
            if backup.format == "csv":
                _, fields, _ = read_csv(backup.data(name), columns, source.codec)
                kinds = [csv_kind(source, name, index) for index in range(len(columns))]
                wanted = [tuple(typed(field, kind) for field, kind in zip(record, kinds)) for record in fields]
                compare_table(f"DuckDB, {what}", wanted, duckdb_csv(file, kinds))
                if "" not in (column.name for column in columns):
                    wanted = [tuple(None if value == "" else value for value in row) for row in wanted]
                    compare_table(f"pandas, {what}", wanted, pandas_csv(file, columns, kinds))
            else:
                compare_rows(f"DuckDB, {what}", *duckdb_json(file, columns, source, name))
                compare_rows(f"pandas, {what}", source.rows[name], pandas_json(file, columns, source.codec))
            tables += 1
    for backup in (backup for backup in trial.sources("", "-16") if backup.format == "json"):
        source = trial.source(backup.name)
        for name, rows in json.loads(backup.objects[0]).items():
            names = [column.name for column in source.layouts[name]]
            found = [tuple(plain_value(row[column], source.codec) for column in names) for row in rows]
            compare_rows(f"Python's json, {shown(name)}", source.rows[name], found)
    say(f"   {tables} tables, each with DuckDB and with pandas")


def csv_kind(source, name, index):
    """What a column can be loaded as: integers, doubles, or else text."""
    affinity, kinds = source.layouts[name][index].affinity, source.kinds(name, index)
    if affinity in ("INTEGER", "NUMERIC") and kinds <= {"integer"}:
        return int
    return float if affinity == "REAL" and kinds <= {"real"} else str


def typed(field, kind):
    return None if field is None else kind(field)


def compare_table(what, wanted, found):
    """Rows of integers, doubles and texts in their order; doubles bit for bit."""
    def exact(rows):
        return [tuple(struct.pack(">d", value) if isinstance(value, float) else value for value in row) for row in rows]
    check(len(wanted) == len(found), f"{what}: {len(found)} rows, not {len(wanted)}")
    for one, other in zip(exact(wanted), exact(found)):
        check(one == other, f"{what}: a row is {shown(other)}, not {shown(one)}")


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def duckdb_csv(file, kinds):
    import duckdb

    names = {int: "BIGINT", float: "DOUBLE", str: "VARCHAR"}
    columns = ", ".join(f"'c{index}': '{names[kind]}'" for index, kind in enumerate(kinds))
    check(DUCKDB_CSV in DOCUMENT.read_text(), f"docs/formats.md has no {DUCKDB_CSV}")
    options = f"{DUCKDB_CSV}, max_line_size=20000000, columns={{{columns}}}"
    return duckdb.sql(f"FROM read_csv({literal(str(file))}, {options})").fetchall()


def pandas_csv(file, columns, kinds):
    import pandas

    check(PANDAS_CSV in DOCUMENT.read_text(), f"docs/formats.md has no {PANDAS_CSV}")
    names = {int: "Int64", float: "float64", str: "str"}
    options = eval(f"dict({PANDAS_CSV})")
    frame = pandas.read_csv(file, dtype={column.name: names[kind] for column, kind in zip(columns, kinds)}, **options)
    return [tuple(None if pandas.isna(value) else value for value in row)
            for row in frame.astype(object).itertuples(index=False, name=None)]


def duckdb_json(file, columns, source, name):
    """The rows that are wanted and those that DuckDB has; a name that is empty cannot be asked for."""
    import duckdb

    check(DUCKDB_NDJSON in DOCUMENT.read_text(), f"docs/formats.md has no {DUCKDB_NDJSON}")
    options = DUCKDB_NDJSON if file.suffix == ".ndjson" else DUCKDB_NDJSON.replace("newline_delimited", "array")
    rows, kinds = source.rows[name], [source.kinds(name, index) for index in range(len(columns))]
    places = [index for index, column in enumerate(columns) if column.name]
    types = {}
    for index in places:
        is_infinite = any(row[index][0] == "real" and math.isinf(struct.unpack(">d", row[index][1])[0]) for row in rows)
        is_double = kinds[index] <= {"real"} and not is_infinite
        types[index] = "BIGINT" if kinds[index] <= {"integer"} else "DOUBLE" if is_double else "JSON"
    asked = ", ".join(f"{literal(columns[index].name)}: '{types[index]}'" for index in places)
    found = duckdb.sql(f"FROM read_json({literal(str(file))}, {options}, columns={{{asked}}})").fetchall()

    def value(place, value):
        if types[places[place]] == "JSON":
            return "null" if value is None else json_value(parse_json(value), source.codec)
        return "null" if value is None else value_of("integer" if isinstance(value, int) else "real", value)
    return ([tuple("null" if row[index][0] == "null" else row[index] for index in places) for row in rows],
            [tuple(value(place, it) for place, it in enumerate(row)) for row in found])


def pandas_json(file, columns, codec):
    import pandas

    with open(file, encoding="utf-8") as text:
        frame = pandas.DataFrame(map(json.loads, text) if file.suffix == ".ndjson" else json.load(text), dtype=object)
    if frame.empty:
        return []
    return [tuple(plain_value(value, codec) for value in row)
            for row in frame[[column.name for column in columns]].itertuples(index=False, name=None)]


def plain_value(value, codec):
    """A value that Python's json has read without any help."""
    if isinstance(value, dict):
        value = Pairs(value.items())
    elif isinstance(value, (int, float)):
        return value_of("integer" if isinstance(value, int) else "real", value)
    return json_value(value, codec)


# The examples of docs/formats.md ------------------------------------------------------------------------------------------


def examples(trial):
    """the examples of docs/formats.md, as they stand there: DuckDB, pandas, Python, sqlite3 and jq"""
    folder = trial.folder("examples")
    for format in ("csv", "ndjson", "json"):
        trial.site.run("export", "shop", "--format", format, "--to", folder, *(["--force"] if format != "csv" else []))
    rows = [tuple(plain(value) for value in row) for row in trial.content("orders").rows["orders"]]
    blocks = {title: re.findall(r"```\w+\n(.*?)```", text, re.S)
              for title, text in re.findall(r"^### ([^\n]+)\n(.*?)(?=^##|\Z)", DOCUMENT.read_text(), re.S | re.M)}
    before = os.getcwd()
    os.chdir(folder)
    try:
        example_duckdb(blocks["DuckDB"][0], rows)
        example_pandas(blocks["pandas"][0], rows)
        space = {"json": json, "base64": base64}
        exec(blocks["Python"][0], space)
        check(len(space["document"]["orders"]) == len(rows) and space["blob"] == rows[0][4], "Python's example is wrong")
        run_script(blocks["sqlite3"][0])
        with opened("new.db") as database:
            found = database.execute("SELECT count(*), sum(id), count(nullif(qty, '')) FROM orders").fetchone()
        wanted = len(rows), sum(row[0] for row in rows), sum(row[1] is not None for row in rows)
        check(found == wanted, f"sqlite3 has {found}, not {wanted}")
        lines = run_script(blocks["jq"][0]).split("\n")[:-1]
        costly = sum(row[2] is not None and row[2] > 100 for row in rows)
        check(len(lines) == 2 * costly, f"jq has {len(lines)} lines, not {2 * costly}")
        check(Path("data.bin").read_bytes() == rows[6][4], "jq has other bytes")
    finally:
        os.chdir(before)


def plain(pair):
    kind, value = pair
    return struct.unpack(">d", value)[0] if kind == "real" else value.decode() if kind == "text" else value


def run_script(text):
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", text], capture_output=True, text=True, timeout=60)
    check(done.returncode == 0, f"{text}ended with {done.returncode}: {done.stderr}")
    return done.stdout


def example_duckdb(text, rows):
    import duckdb

    statements = [statement for statement in re.split(r";\n", re.sub(r"^--.*\n", "", text, flags=re.M)) if statement.strip()]
    check(len(statements) == 4, f"docs/formats.md has {len(statements)} statements for DuckDB")
    look, exact, lines, document = (duckdb.sql(statement).fetchall() for statement in statements)
    compare_table("DuckDB's second example", rows, exact)
    compare_table("DuckDB's third example", rows, lines)
    for number, found in (1, look), (4, document):
        compare_table(f"DuckDB's example {number}", [row[:4] for row in rows], [row[:4] for row in found])


def example_pandas(text, rows):
    import pandas

    first, second = re.split(r"\n\n", text)
    space = {"pd": pandas, "json": json}
    exec(first, space)
    found = [tuple(None if pandas.isna(value) else value for value in row)
             for row in space["df"].astype(object).itertuples(index=False, name=None)]
    compare_table("pandas' first example", [(*row[:3], row[3] or None, row[4]) for row in rows], found)
    exec(second, space)
    wanted = [(*row[:4], None if row[4] is None else {"$blob": base64.b64encode(row[4]).decode()}) for row in rows]
    found = [tuple(None if value is None or value != value else value for value in row)
             for row in space["df"].itertuples(index=False, name=None)]
    compare_table("pandas' second example", wanted, found)
