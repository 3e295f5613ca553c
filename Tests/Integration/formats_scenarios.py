"""Scenarios of dumps of rows: each value, restores, downloads, plain files, the daemon's exports, and a very large ZIP."""

import json
import re
import subprocess
import time
import urllib.parse
import zipfile

from formats_content import Content, compare_rows, shown, value_of
from formats_reading import DOCUMENT, decompress, read_csv, read_document, read_ndjson
from formats_sources import opened
from harness import check, say, wait_for
from web_site import Site, free_port


def decode(trial):
    """every value of every object, read after docs/formats.md with Python's csv and json alone, is the source's"""
    documented = documented_value()
    values = frames = 0
    for backup in trial.backups.values():
        source, layout = trial.source(backup.name), backup.layouts()
        different = set(backup.names) ^ set(source.layouts)
        check(not different, f"{backup.name}: has tables too many or too few: {shown(different)}")
        document = read_document(backup.objects[0], layout, source.codec) if backup.format == "json" else None
        for name, record in zip(backup.names, backup.tables):
            what = f"{backup.name}, {shown(name)}"
            columns = layout[name]
            if document:
                rows, allowed = document[0][name], document[2]
                where = record["range"]["offset"], record["range"]["offset"] + record["range"]["length"]
                check(where == document[1][name], f"{what}: its range is {where}, not {document[1][name]}")
            elif backup.format == "csv":
                rows, fields, ends = read_csv(backup.data(name), columns, source.codec)
                allowed = {0, *ends}
                compare_documented(documented, what, columns, rows, fields, source.codec)
            else:
                rows, ends = read_ndjson(backup.data(name), columns, source.codec)
                allowed = {0, *ends}
            check(record["rows"] == len(rows), f"{what}: the manifest has {record['rows']} rows")
            check(not record["carriesRowid"], f"{what}: the manifest says that rowids are carried")
            compare_rows(what, source.rows[name], rows)
            values += len(rows) * len(columns)
            within = set(backup.frames[record.get("object") or 0]) - allowed
            check(not within, f"{what}: frames end within rows, at {sorted(within)[:5]}")
        frames += sum(map(len, backup.frames))
    for backup in trial.sources("-odd"):
        notes = " ".join(backup.manifest["notes"])
        for word in ("search", "ANALYZE", "plain"):
            check(word in notes, f"{backup.name}: its notes do not tell of {word}: {notes}")
    say(f"   {values:,} values in {len(trial.backups)} backups, {frames:,} frames that end behind whole rows")


def documented_value():
    """The function that docs/formats.md has for people."""
    text = re.search(r"```python\n(import csv, re\n.*?)^csv\.field_size_limit", DOCUMENT.read_text(), re.S | re.M)[1]
    space = {}
    exec(compile(text, str(DOCUMENT), "exec"), space)
    return space["value"]


def compare_documented(documented, what, columns, rows, fields, codec):
    names = {int: "integer", float: "real", str: "text", bytes: "blob", type(None): "null"}
    for row, record in zip(rows, fields):
        for value, field, column in zip(row, record, columns):
            found = documented(field, column.is_numeric)
            kind = names[type(found)]
            if kind == "integer" and column.affinity == "REAL" and not field.startswith("\\i"):
                kind, found = "real", float(found)
            # Text that is only bytes is given as these.
            is_bytes = kind == "blob" and field.startswith("\\h") and value == ("text", found)
            is_text = kind == "text" and value == ("text", found.encode(codec))
            check(is_bytes or is_text or value_of(kind, found) == value,
                  f"{what}: docs/formats.md makes {shown(found)} of {shown(field)}")


def restore(trial):
    """`nightjar restore` of every format gives the rows, the schema and the settings of the source"""
    for backup in trial.backups.values():
        target = trial.work / f"restored-{backup.name}.db"
        trial.site.run("verify", backup.name)
        trial.site.run("restore", backup.name, "--to", target)
        source, found = trial.source(backup.name), Content(target)
        if backup.name.endswith("-odd"):
            # Values at odds with their column's affinity, virtual tables and statistics are known not to come back.
            changed = {table["name"]: table["changedRows"] for table in backup.tables}
            check(changed == {"odd": 3, "plain": 0}, f"{backup.name}: rows that will change are {changed}")
            compare_rows(f"{backup.name}, restored", source.rows["plain"], found.rows["plain"])
        else:
            check(found.facts == source.facts, f"{backup.name}: restored, it has {found.facts}, not {source.facts}")
            compare_rows(f"{backup.name}: the schema, restored", source.schema, found.schema)
            for name, rows in source.rows.items():
                compare_rows(f"{backup.name}, {shown(name)}, restored", rows, found.rows[name])
        target.unlink()
    say(f"   {len(trial.backups)} backups restored")


def download(trial):
    """`nightjar download` gives a ZIP of all tables that unzip and Python find whole, or one table"""
    folder = trial.folder("downloads")
    for backup in trial.sources("", "-gzip", "-none", "-orders"):
        id, file = f"{backup.name}/{backup.id}", folder / backup.name
        trial.site.run("download", id, "--output", file)
        if backup.format == "json":
            check(file.read_bytes() == backup.objects[0], f"{backup.name}: the download is not the document")
        else:
            compare_archive(backup, file)
        for name in ("kinds", "a,b", "a/b", "empty") if "orders" not in backup.name else ("orders", "empty"):
            found = trial.output("download", id, "--table", name)
            check(found == backup.data(name), f"{backup.name}: --table {name} gives {shown(found)}")
        trial.site.run("download", id, "--table", "nothing", "--output", folder / "nothing", expect=66)
        check(not (folder / "nothing").exists(), "a table that is not there left a file")
    say("   whole, and in the order of the dump")


def compare_archive(backup, file):
    """A ZIP against the objects of the dump."""
    done = subprocess.run(["unzip", "-tq", file], capture_output=True, text=True)
    check(done.returncode == 0, f"unzip -t {file.name}: {done.stdout}{done.stderr}")
    with zipfile.ZipFile(file) as archive:
        check(archive.testzip() is None, f"{file.name}: Python finds {archive.testzip()} broken")
        check(archive.namelist() == list(backup.files()), f"{file.name} holds {shown(archive.namelist())}")
        for name, data in backup.files().items():
            check(archive.read(name) == data, f"{file.name}: {name} is not what the dump has")


def export(trial):
    """`nightjar export` writes the bytes of the dump as plain files, and tells by its exit code what is wrong"""
    for backup in trial.sources("-none", "-16"):
        folder = trial.work / f"export-{backup.name}"
        options = ("export", backup.name, "--format", backup.format, "--to", folder)
        trial.site.run(*options)
        wanted = backup.files()
        found = {path.name: path.read_bytes() for path in folder.iterdir()}
        schema = found.pop("schema.sql", None)
        different = [file for file in found | wanted if found.get(file) != wanted.get(file)]
        check(not different, f"{backup.name}: other files than in the dump are {shown(different)}")
        compare_schema(trial, backup.name, schema)
        trial.site.run(*options, expect=73)
        trial.site.run(*options, "--force")
        found = {path.name for path in folder.iterdir()}
        check(found == {*wanted, "schema.sql"}, f"{backup.name}: --force gives other files: {shown(found)}")
    export_choices(trial)
    say("   the same bytes, and schema.sql beside them")


def compare_schema(trial, name, script):
    """Not by the shell, which turns CR LF in names into LF."""
    check(script, f"{name}: there is no schema.sql")
    path = trial.work / "schema.db"
    with opened(path) as database:
        database.executescript(script.decode())
    missing = set(trial.source(name).layouts) - set(Content(path).layouts)
    check(not missing, f"{name}: schema.sql lacks {shown(missing)}")
    path.unlink()


def export_choices(trial):
    site, folder = trial.site, trial.folder("choices")
    site.run("export", "shop", "--format", "csv", "--to", folder / "one", "--table", "orders")
    check({path.name for path in (folder / "one").iterdir()} - {"schema.sql"} == {"orders.csv"}, "--table gives other files")
    for compression, ending in ("zstd", ".zst"), ("gzip", ".gz"):
        site.run("export", "shop", "--format", "csv", "--to", folder / compression, "--compression", compression)
        found = decompress((folder / compression / f"orders.csv{ending}").read_bytes(), compression)
        check(found == (folder / "one/orders.csv").read_bytes(), f"--compression {compression} gives another table")
    site.run("export", "shop", "--format", "sql", "--to", folder / "sql")
    site.compare("shop", folder / "sql/shop.sql")
    site.run("export", "empty", "--format", "json", "--to", folder / "empty")
    check((folder / "empty/empty.json").read_bytes() == b"{}\n", "a database without tables is otherwise")
    site.run("export", "nobody", "--format", "csv", "--to", folder / "nobody", expect=66)
    site.run("export", "shop", "--format", "xml", "--to", folder / "xml", expect=64)
    site.run("export", "shop", "--format", "csv", "--to", folder / "nothing", "--table", "nothing", expect=66)
    (folder / "file").write_text("no folder")
    site.run("export", "shop", "--format", "csv", "--to", folder / "file", expect=73)


def daemon(trial):
    """the daemon's exports: a ZIP with HEAD and with Range, one table with ?table=, the same bytes each time; backups' tables"""
    folder, wanted = trial.folder("daemon"), {backup.format: backup for backup in trial.sources("-orders")}
    with trial.site as site:
        for format in ("csv", "json", "ndjson"):
            asked = {"database": "shop", "format": format, "chunkSize": 100}
            id = site.ask("POST", "/export/dump", "exporter", asked).expect(202).json["exportId"]
            status = wait_for(f"the end of {id}", lambda: ended_export(site, id))
            check(status["status"] == "completed" and status["format"] == format, f"{format}: its status is {status}")
            path = status["downloadUrl"].removeprefix(site.url)
            check(path.startswith(f"/export/dump/download/{id}."), f"{format}: its downloadUrl is {path}")
            whole = site.ask("GET", path, "exporter").expect(200)
            other = site.ask("GET", f"/export/download/{id}", "exporter").expect(200)
            check(other.body == whole.body, f"{format}: the other route gives another file")
            backup = wanted[format]
            file = folder / f"{format}.zip"
            file.write_bytes(whole.body)
            if format == "json":
                check(whole.body == backup.objects[0], "the document is not the backup's")
            else:
                check("zip" in whole.headers["content-type"], f"it is {whole.headers['content-type']}")
                compare_archive(backup, file)
            compare_ranges(site, path, whole)
            for name in ("orders", "empty"):
                one = site.ask("GET", f"{path}?table={name}", "exporter").expect(200)
                check(one.body == backup.data(name), f"{format}: ?table={name} is {shown(one.body)}")
                check(int(one.headers["content-length"]) == len(one.body), f"{format}: ?table={name} has another length")
                compare_ranges(site, f"{path}?table={name}", one)
            site.ask("GET", f"{path}?table=nothing", "exporter").expect(404)
            site.ask("GET", path, "reader").expect(403)
        for backup in trial.sources(""):
            if backup.format != "ndjson":
                compare_tables(site, backup)
    say("   in csv, json and ndjson")


def compare_tables(site, backup):
    """Each table of a backup by itself; of CSV also as it is stored."""
    for name, record in zip(backup.names, backup.tables):
        path, table = f"/api/v1/backups/{backup.id}/download", f"table={urllib.parse.quote(name, safe='')}"
        one = site.ask("GET", f"{path}?{table}", "exporter").expect(200)
        check(one.body == backup.data(name), f"{one.asked} gives {shown(one.body)}")
        if backup.format == "csv":
            raw = site.ask("GET", f"{path}?raw=1&{table}", "exporter").expect(200)
            check(raw.body == backup.stored[record["object"]], f"{raw.asked} gives not what is stored: {shown(raw.body)}")


def ended_export(site, id):
    status = site.get(f"/export/dump/status/{id}", "exporter")
    return status if status["status"] != "processing" else None


def compare_ranges(site, path, whole):
    """HEAD, and a download that breaks off and goes on."""
    head = site.ask("HEAD", path, "exporter").expect(200)
    for name in ("content-length", "content-type", "etag", "content-disposition"):
        check(head.headers.get(name) == whole.headers.get(name), f"{path}: HEAD says {name}: {head.headers.get(name)}")
    check(not head.body and int(head.headers["content-length"]) == len(whole.body), f"{path}: HEAD has another length")
    if len(whole.body) < 2:
        return
    half, size = len(whole.body) // 2, len(whole.body)
    parts = []
    for first, last in (0, half - 1), (half, size - 1):
        fields = {"Range": f"bytes={first}-{last}", "If-Range": whole.headers["etag"]}
        part = site.ask("GET", path, "exporter", headers=fields).expect(206)
        where = part.headers["content-range"]
        check(where == f"bytes {first}-{last}/{size}", f"{path}: the part from {first} to {last} is {where}")
        parts.append(part.body)
    check(b"".join(parts) == whole.body, f"{path}: two halves are not the whole")
    site.ask("GET", path, "exporter", headers={"Range": f"bytes={size}-"}).expect(416)


def large(trial):
    """a ZIP of more than 4 GiB, with an entry of more than 4 GiB and one behind it (5 GB of disk)"""
    # Long keys make a large dump of a small database.
    width, rows = 100, 230_000
    site = Site(trial.options.nightjar, trial.work / "large", defaults={"format": "ndjson"})
    file = site.add("large")
    with opened(file) as database:
        database.executescript(f"""
            CREATE TABLE first(a); INSERT INTO first VALUES (1);
            CREATE TABLE big({', '.join(f'{"k" * 190}{n} INTEGER' for n in range(width))}); CREATE TABLE last(a);
            INSERT INTO big({"k" * 190}0)
              WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) SELECT i FROM n;
            INSERT INTO last VALUES (2);""")
    site.port = free_port()
    site.configure()
    site.run("backup", "large", "--no-verify", limit=600)
    manifest = json.loads(next((site.store / "large").glob("*.manifest.json")).read_text())["manifest"]
    archive = trial.work / "large.zip"
    started = time.monotonic()
    site.run("download", f"large/{manifest['id']}", "--output", archive, limit=600)
    size = archive.stat().st_size
    check(max(entry["uncompressedSize"] for entry in manifest["objects"]) > 4 << 30, f"it has only {size} bytes")
    say(f"   {size:,} bytes, written in {time.monotonic() - started:.0f} s")
    done = subprocess.run(["unzip", "-tq", archive], capture_output=True, text=True, timeout=600)
    check(done.returncode == 0, f"unzip -t: {done.stdout}{done.stderr}")
    with zipfile.ZipFile(archive) as opened_archive:
        check(opened_archive.testzip() is None, f"Python finds {opened_archive.testzip()} broken")
        found = {entry.filename: (entry.file_size, f"{entry.CRC:08x}") for entry in opened_archive.infolist()}
        check(opened_archive.read("last.ndjson") == b'{"a":2}\n', "the last entry is another one")
    wanted = {f"{table['name']}.ndjson": (entry["uncompressedSize"], entry["crc32"])
              for table, entry in zip(manifest["tables"], manifest["objects"])}
    check(found == wanted, f"it holds {found}, not {wanted}")
    large_download(site, manifest["id"], archive, size)


def large_download(site, id, archive, size):
    """The same over HTTP: its length, and a part on both sides of 4 GiB."""
    with site, open(archive, "rb") as file:
        path = f"/api/v1/backups/{id}/download"
        head = site.ask("HEAD", path, "exporter").expect(200)
        check(int(head.headers["content-length"]) == size, f"HEAD says {head.headers['content-length']} bytes, not {size}")
        for first in ((4 << 30) - 5000, size - 10_000):
            part = site.ask("GET", path, "exporter", headers={"Range": f"bytes={first}-{first + 9999}"}).expect(206)
            file.seek(first)
            check(part.body == file.read(10_000), f"the part from {first} is another one")
