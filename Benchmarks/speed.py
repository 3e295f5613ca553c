"""Export, formatting, import and the whole backup, side by side with the sqlite3 shell."""

import json
import re
import shutil
import statistics
import subprocess
from pathlib import Path

from harness import (
    Failed, Site, by_pairs, bytes_below, files_below, find, in_turn, paired, remove_database, run, say, settle, shell, spread,
    timed, workplace)
from limits import bound

MEMORY = Path("/dev/shm")


def measure_export(results, options, work, database, limits):
    say(f"\nExport of {options.size} MB: nightjar backup --no-verify against sqlite3 .dump | zstd -3")
    site = Site(options.nightjar, work / "export", database)
    shell_dump = work / "shell.sql.zst"

    def ours():
        site.empty()
        settle(work, database)
        return site.backup("--no-verify")[1]

    def theirs():
        settle(work, database)
        return shell(f"sqlite3 '{database}' .dump | zstd -3 -q -f -o '{shell_dump}'")

    our_seconds, their_seconds = paired(options.rounds, ours, theirs)
    a, _ = results.add_ratio(
        f"export, {options.size} MB, to a directory store", our_seconds, their_seconds, "the shell",
        "at most 0.40 of the shell's time", 0.4)
    results.notes.append(
        f"Export: {options.rounds} pairs; Nightjar {spread(our_seconds)}, shell {spread(their_seconds)}, pair by pair "
        f"{by_pairs(our_seconds, their_seconds)}. Nightjar's time holds the snapshot, digests of every row and the fsync of "
        f"what it wrote, the shell's does not. Stored: {bytes_below(site.store) / 1e6:.1f} MB by Nightjar, "
        f"{shell_dump.stat().st_size / 1e6:.1f} MB by the shell. {bound(a, limits.of_backup)}")
    shell_dump.unlink()
    shutil.rmtree(site.folder)


def measure_format(results, options, work, database, limits):
    say(f"\nFormatting of {options.size} MB: nightjar export --format sql against sqlite3 .dump, both into memory")
    # Both texts at once, and the one that a program makes before it replaces another.
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 4 * limits.text.stat().st_size
    site = Site(options.nightjar, work / "format", database)
    with workplace(MEMORY if has_room else work) as folder:
        made, dump = folder / "files", folder / "shell.sql"

        def ours():
            shutil.rmtree(made, ignore_errors=True)
            settle(work, database)
            return timed(site.command("export", "sample", "--format", "sql", "--to", str(made)))[1]

        def theirs(target):
            dump.unlink(missing_ok=True)
            settle(work, database)
            return shell(f"sqlite3 '{database}' .dump > '{target}'")

        seconds = in_turn(options.rounds, {
            "Nightjar": ours, "shell": lambda: theirs(dump), "shell to /dev/null": lambda: theirs("/dev/null")})
        sizes = bytes_below(made) / 1e6, limits.text.stat().st_size / 1e6
    our_seconds, their_seconds, to_nowhere = seconds.values()
    a, _ = results.add_ratio(
        f"formatting alone, {options.size} MB", our_seconds, their_seconds, "`.dump`", "at most 0.35 of `.dump`'s time", 0.35)
    place = "in memory (tmpfs)" if has_room else "on the disk, for there is no room for them in memory"
    nowhere = statistics.median(to_nowhere)
    results.notes.append(
        f"Formatting: {options.rounds} rounds of all three in turn; plain SQL, without snapshot, digests and compression, into "
        f"files {place}; {sizes[0]:.1f} MB by Nightjar {spread(our_seconds)}, {sizes[1]:.1f} MB by the shell "
        f"{spread(their_seconds)}; the shell to /dev/null {nowhere:.2f} s, of which Nightjar's time with its files is "
        f"{a / nowhere:.2f}. {bound(a, {'reading all values': limits.values})}")
    shutil.rmtree(site.folder)


def verified_import(site, identifier, totals):
    """Seconds of the import of one verification; those of the whole go to `totals`."""
    output = run(site.command("verify", identifier, "--level", "restore", "--json"))
    report = json.loads(output)
    seconds, total = find(report, "importSeconds"), find(report, "totalSeconds")
    if seconds is None or total is None:
        raise Failed(f"'nightjar verify --json' gives no importSeconds and totalSeconds:\n{output[:2000]}")
    totals.append(total)
    return seconds


def proved_backup(site):
    """Seconds of a backup with its proof."""
    output, seconds = timed(site.command("backup", "sample", "--json"))
    states = [result["state"] for result in json.loads(output)["results"]]
    if states != ["proved"]:
        raise Failed(f"a backup was not proved:\n{output[:2000]}")
    return seconds


def measure_import(results, options, work, database, limits):
    say(f"\nImport of {options.size} MB: the import of nightjar verify --level restore, nightjar backup with its proof, and "
        "sqlite3 new.db < shell.sql")
    kept, made = (Site(options.nightjar, work / name, database) for name in ("import", "proved"))
    identifier, _ = kept.backup("--no-verify")
    fresh = work / "shell.db"
    totals = []

    def ours():
        settle(work, *files_below(kept.store))
        return verified_import(kept, identifier, totals)

    def backup():
        made.empty()
        settle(work, database)
        return proved_backup(made)

    def theirs():
        remove_database(fresh)
        settle(work, limits.text)
        return shell(f"sqlite3 '{fresh}' < '{limits.text}'")

    seconds = in_turn(options.rounds, {"import": ours, "backup": backup, "shell": theirs})
    remove_database(fresh)
    tell_import(results, options, seconds, totals, limits)
    profile(results, options, work, kept, identifier)
    for site in (kept, made):
        shutil.rmtree(site.folder)


def tell_import(results, options, seconds, totals, limits):
    """The rows and notes of the import and of the backup with its proof."""
    our_seconds, proved, their_seconds = seconds.values()
    a, b = results.add_ratio(
        f"import during verification, {options.size} MB", our_seconds, their_seconds, "the shell",
        "at most 0.55 of the shell's time", 0.55)
    proof, _ = results.add_ratio(
        f"backup with its proof, {options.size} MB", proved, their_seconds, "the shell's import alone",
        "less time than the shell's import", 1)
    whole = statistics.median(totals)
    results.notes.append(
        f"Import: {options.rounds} rounds of all three in turn; Nightjar {spread(our_seconds)} (its time holds fetching and "
        f"decompressing), shell {spread(their_seconds)}, pair by pair {by_pairs(our_seconds, their_seconds)}. The whole "
        f"verification, integrity check and digests included: {whole:.2f} s, {whole / b:.2f} of the shell's import alone. "
        f"{bound(a, limits.of_import)}")
    results.notes.append(
        f"Backup with its proof: {spread(proved)}, round by round {by_pairs(proved, their_seconds)} of the shell's import. It "
        f"holds the snapshot, the export, the import and all checks. {bound(proof, {**limits.of_backup, **limits.of_proof})}")


def profile(results, options, work, site, identifier):
    """Where the processor's time of a verification goes, as perf samples it; nothing without perf."""
    if not shutil.which("perf"):
        say("   no profile: there is no perf (Debian: linux-perf)")
        return
    data = work / "perf.data"
    run(["perf", "record", "--quiet", "--event", "cpu-clock", "--freq", "499", "--output", data, "--",
         *site.command("verify", identifier, "--level", "restore", "--json")])
    report = run(["perf", "report", "--stdio", "--input", data, "--fields", "overhead,dso", "--percent-limit", "0.5"],
                 stdin=subprocess.DEVNULL)
    data.unlink()
    shares = re.findall(r"^\s*([0-9.]+)%\s+(\S+)\s*$", report, re.MULTILINE)
    if not shares:
        raise Failed(f"perf's report has no shares:\n{report[:2000]}")
    names = {"[kernel.kallsyms]": "the kernel", "[unknown]": "the kernel", options.nightjar.name: "Nightjar itself"}
    words = ", ".join(f"{names.get(name, name)} {float(share):.1f}%" for share, name in shares)
    results.notes.append(
        "Where the processor's time of such a verification goes (perf, cpu-clock, 499 samples a second, all threads; import, "
        f"integrity check and digests): {words}.")
