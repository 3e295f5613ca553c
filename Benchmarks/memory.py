"""Peak memory of a daemon that makes a backup and proves it."""

import os
import shutil
import signal
import socket
from pathlib import Path

from harness import Failed, Site, generate, mebibytes, peak_memory, remove_database, say, shell, started

LIMIT = 64 << 20
READY_SECONDS = 60


def high_water(process):
    """The largest resident set of a process so far, in bytes: VmHWM of proc(5)."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM:")).split()[1]) * 1024


def await_ready(notifications, log):
    try:
        while b"READY=1" not in notifications.recv(4096):
            pass
    except TimeoutError as error:
        raise Failed(f"the daemon was not ready after {READY_SECONDS} s:\n{log.read_text(errors='replace')}") from error


def daemon_peaks(site):
    """Peak resident memory in bytes of a daemon: when it is ready, and after a backup with its proof."""
    log = site.folder / "log"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifications, open(log, "wb") as output:
        notifications.bind(str(site.folder / "notify"))
        notifications.settimeout(READY_SECONDS)
        surroundings = {**os.environ, "NOTIFY_SOCKET": str(site.folder / "notify")}
        with started(site.command("serve"), stdout=output, stderr=output, env=surroundings) as daemon:
            await_ready(notifications, log)
            ready = high_water(daemon)
            asking = peak_memory(site.command("backup", "sample"), site.folder / "output")
            peak = high_water(daemon)
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(READY_SECONDS)
    if asking >= peak:
        raise Failed(f"not the daemon made the backup: it had {mebibytes(peak)}, the command {mebibytes(asking)}")
    say(f"   {mebibytes(peak)}, {mebibytes(ready)} when it was ready")
    return ready, peak


def peaks_of(options, work, source):
    site = Site(options.nightjar, work / f"memory-{source.stem}", source, "http: {listen: off}\n")
    peaks = daemon_peaks(site)
    shutil.rmtree(site.folder)
    return peaks


def measure_memory(results, options, work, database):
    base = measure_size(results, options, work, database, options.size)
    if options.large > options.size:
        source = work / "large.db"
        generate(options.large, source)
        measure_size(results, options, work, source, options.large, base)
        remove_database(source)
    measure_rows(results, options, work, base)
    measure_blob(results, options, work)


def flat(results, what, peak, base, size):
    results.add(f"peak memory, {what} against {size} MB", f"**{peak / base:.2f}**", "the same (within 1.10)", peak / base <= 1.1)


def measure_size(results, options, work, source, size, base=None):
    """The peak in bytes of a database of so many MB, and against `base` where there is one."""
    say(f"\nPeak memory of a daemon, backup with its proof, {size} MB")
    ready, peak = peaks_of(options, work, source)
    results.add(f"peak memory, {size} MB, proof included", f"**{mebibytes(peak)}**", "at most 64 MiB", peak <= LIMIT)
    if base is None:
        results.notes.append(
            "Memory: the largest resident set of a daemon (VmHWM), from its start to the end of a backup with its proof that "
            f"the command line asked it for. The limit: a daemon that is ready and has not worked yet has {mebibytes(ready)}.")
    else:
        flat(results, f"{size} MB", peak, base, options.size)
        results.notes.append(
            f"Memory at {size} MB: of {mebibytes(peak)} the daemon had {mebibytes(ready)} when it was ready; the limit is the "
            f"{mebibytes(base)} of {options.size} MB, for nothing has to be held that grows with the database.")
    return peak


def measure_rows(results, options, work, base):
    count = f"{options.rows:,} rows"
    say(f"\nPeak memory of a daemon, backup with its proof, a table of {count}")
    source = work / "rows.db"
    generate(1, source, "--rows", options.rows)
    size = source.stat().st_size
    ready, peak = peaks_of(options, work, source)
    results.add(f"peak memory, a table of {count}", f"**{mebibytes(peak)}**", "at most 64 MiB", peak <= LIMIT)
    flat(results, count, peak, base, options.size)
    results.notes.append(
        f"Memory with {count}: a narrow table with an index in a database of {size / 1e6:.0f} MB; the daemon had "
        f"{mebibytes(ready)} when it was ready. The limit is that of few rows, for nothing has to be held for each.")
    remove_database(source)


def shell_peaks(work, source):
    """Peak resident memory in bytes of the shell: of its dump, and of its import of that."""
    text, made = work / "blob.sql", work / "blob-shell.db"
    dumping = peak_memory(["sqlite3", source, ".dump"], Path(os.devnull))
    shell(f"sqlite3 '{source}' .dump > '{text}'")
    importing = peak_memory(["sqlite3", made], work / "output", text)
    text.unlink()
    remove_database(made)
    return dumping, importing


def measure_blob(results, options, work):
    say(f"\nPeak memory of a daemon, backup with its proof, one blob of {options.blob} MB")
    source = work / "blob.db"
    generate(1, source, "--blob", options.blob)
    _, peak = peaks_of(options, work, source)
    blob = options.blob * 1e6
    results.add(f"peak memory, one blob of {options.blob} MB", f"{mebibytes(peak)}: **{peak / blob:.2f}** times the blob",
                "at most 7 times the blob", peak / blob <= 7)
    dumping, importing = shell_peaks(work, source)
    results.notes.append(
        f"Memory with one blob of {options.blob} MB: SQLite hands out a value as a whole, and takes a statement as a whole, in "
        "which a blob has two characters a byte. The limit is what SQLite itself needs for that: the shell's `.dump` of this "
        f"database has {dumping / blob:.2f} times the blob at its peak, the shell's import {importing / blob:.2f} times.")
    remove_database(source)
