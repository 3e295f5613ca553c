"""What the scenarios of formats share: a site whose databases differ in source, format and compression, and their backups."""

import functools
import random
import re
import shutil
import sqlite3
import subprocess

from formats_content import Content, shown
from formats_reading import Backup
from formats_sources import make_hazards, make_odd, make_orders
from harness import check
from web_site import Site, free_port


class Trial:
    """A site whose databases differ in format and compression; made once, for whichever scenario comes first."""

    # Name, source, format, compression.
    DATABASES = [(f"{format}{suffix}", source, format, compression)
                 for format in ("csv", "json", "ndjson")
                 for suffix, source, compression in (
                     ("", "hazards", "zstd"), ("-gzip", "hazards", "gzip"), ("-none", "hazards", "none"),
                     ("-16", "utf16", "zstd"), ("-odd", "odd", "zstd"), ("-orders", "orders", "none"))]

    def __init__(self, options, work):
        self.options, self.work = options, work

    def chance(self, name):
        return random.Random(f"{self.options.seed} {name}")

    @functools.cached_property
    def site(self):
        sources = self.work / "sources"
        sources.mkdir()
        make_hazards(sources / "hazards.db", self.chance("hazards"))
        make_hazards(sources / "utf16.db", self.chance("utf16"), "UTF-16le")
        make_odd(sources / "odd.db")
        make_orders(sources / "orders.db")
        site = Site(self.options.nightjar, self.work / "site", http={"rate_limit": "off"}, defaults={"chunk_rows": 100})
        for name, source, format, compression in self.DATABASES:
            shutil.copy(sources / f"{source}.db", site.add(name, format=format, compression=compression))
        # For what `export` and the daemon write in any format.
        for name in ("shop", "empty"):
            site.add(name)
        shutil.copy(sources / "orders.db", site.source("shop"))
        sqlite3.connect(site.source("empty")).close()
        site.port = free_port()
        site.configure()
        return site

    @functools.cached_property
    def backups(self):
        for name, *_ in self.DATABASES:
            self.site.run("backup", name)
        return {name: Backup(self.site, name, format, compression) for name, _, format, compression in self.DATABASES}

    def source(self, name):
        """What the source of a database holds."""
        return self.content(next(source for database, source, *_ in self.DATABASES if database == name))

    @functools.cache
    def content(self, source):
        return Content(self.work / f"sources/{source}.db")

    def sources(self, *endings):
        """The backups whose names end so."""
        return [backup for backup in self.backups.values()
                if any(re.fullmatch(rf"[a-z]+{ending}", backup.name) for ending in endings)]

    def folder(self, name):
        folder = self.work / name
        folder.mkdir()
        return folder

    def output(self, *arguments):
        """What a command writes to its standard output, as bytes."""
        command = [self.site.nightjar, "--config", self.site.config, *arguments]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=300)
        check(done.returncode == 0, f"'{' '.join(map(str, arguments))}' ended with {done.returncode}: {shown(done.stderr)}")
        return done.stdout
