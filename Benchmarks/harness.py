"""What the benchmarks share: commands, a site to back up, pairs of runs, memory, and the tables that they write."""

import argparse
import contextlib
import datetime
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ID = re.compile(r"dump_\d{8}-\d{6}")


class Failed(Exception):
    """A step that did not end as it has to; the message is for the person."""


def say(text=""):
    print(text, flush=True)


def end_after(seconds):
    """From now on SIGTERM, and so many seconds, end the benchmark as a step that fails does: nothing is left behind."""

    def told_to_stop(number, _):
        reason = f"took more than {seconds} s" if number == signal.SIGALRM else "was told to stop"
        raise Failed(f"it {reason}")

    signal.signal(signal.SIGTERM, told_to_stop)
    signal.signal(signal.SIGALRM, told_to_stop)
    signal.alarm(seconds)


@contextlib.contextmanager
def started(arguments, **options):
    """A command in a process group of its own: whatever ends the benchmark ends all of that."""
    process = subprocess.Popen([str(a) for a in arguments], start_new_session=True, **options)
    try:
        yield process
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


def timed(arguments, name=None, **options):
    """Runs a command to its end; its output and seconds of wall time.

    A failure ends the benchmark with what the command said; `name` is what the command is called there.
    """
    begun = time.monotonic()
    with started(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options) as process:
        output, errors = process.communicate()
    seconds = time.monotonic() - begun
    if process.returncode != 0:
        raise Failed(f"{name or ' '.join(map(str, arguments))}\nended with {process.returncode}:\n{output}{errors}")
    return output, seconds


def run(arguments, **options):
    """Runs a command to its end; its output."""
    return timed(arguments, **options)[0]


def shell(command):
    """Runs a pipeline as a person would type it; seconds of wall time."""
    return timed(["bash", "-euo", "pipefail", "-c", command], name=command)[1]


def peak_memory(command, log, script=os.devnull):
    """Peak resident memory of a command in bytes, as the kernel reports it to wait4(2).

    `log` is where its output goes, `script` the file that it reads as its standard input.
    """
    with open(log, "wb") as output, open(script, "rb") as given:
        with started(command, stdout=output, stderr=output, stdin=given) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        said = log.read_text(errors="replace")
        raise Failed(f"{' '.join(map(str, command))}\nended with {process.returncode}:\n{said}")
    return usage.ru_maxrss * 1024


def warm(path):
    """Reads a file once, so that no side of a pair pays for the disk."""
    with open(path, "rb") as file:
        while file.read(1 << 22):
            pass


def settle(folder, *files):
    """Gives each side the same start: its files in the page cache, and no writes of others left for it to wait for."""
    shell(f"sync --file-system '{folder}'")
    for file in files:
        warm(file)


def files_below(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def bytes_below(folder):
    return sum(path.stat().st_size for path in files_below(folder))


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def quoted(name):
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def generate(size, path, *options):
    """A new database; what its making leaves in between stands beside it."""
    run([ROOT / "Benchmarks/generate", size, path, *options], env={**os.environ, "TMPDIR": str(path.parent)})


def remove_database(path):
    for suffix in ("", "-wal", "-shm", "-journal"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


class Site:
    """One database, its configuration and a directory store, in a folder of their own."""

    def __init__(self, nightjar, folder, database, extra=""):
        self.nightjar = nightjar
        self.folder = folder
        self.store = folder / "store"
        self.config = folder / "nightjar.yaml"
        folder.mkdir(parents=True)
        self.store.mkdir()
        self.config.write_text(
            f"state_dir: {folder}/state\n"
            f"scratch_dir: {folder}/scratch\n"
            "stores:\n"
            f"  disk: {{type: directory, path: {self.store}}}\n"
            "databases:\n"
            "  sample:\n"
            f"    sqlite: {database}\n"
            "    store: disk\n"
            f"{extra}"
        )
        self.config.chmod(0o600)

    def command(self, *arguments):
        return [str(self.nightjar), "--config", str(self.config), *arguments]

    def backup(self, *options):
        """One backup; its id and seconds of wall time."""
        output, seconds = timed(self.command("backup", "sample", "--json", *options))
        ids = ID.findall(output)
        if not ids:
            raise Failed(f"'nightjar backup --json' named no backup:\n{output}")
        return ids[0], seconds

    def empty(self):
        """A new store for an appliance that has never written to one: an emptied one is refused."""
        shutil.rmtree(self.store)
        self.store.mkdir()
        (self.folder / "state" / "claimed-stores").unlink(missing_ok=True)


def find(value, key):
    """The first number called `key` anywhere in a JSON document, or None."""
    if isinstance(value, dict):
        if isinstance(value.get(key), (int, float)):
            return value[key]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            found = find(item, key)
            if found is not None:
                return found
    return None


def paired(rounds, first, second):
    """Seconds of both sides, `rounds` times each, the order turned from round to round."""
    ours, theirs = [], []
    for number in range(rounds):
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            (theirs if side else ours).append((second if side else first)())
        say(f"   round {number + 1}: {ours[-1]:.2f} s against {theirs[-1]:.2f} s")
    return ours, theirs


def in_turn(rounds, sides):
    """Seconds of every side, `rounds` times each, the order turned from round to round."""
    seconds = {name: [] for name in sides}
    for number in range(rounds):
        for name in sides if number % 2 == 0 else reversed(sides):
            seconds[name].append(sides[name]())
        say(f"   round {number + 1}: " + ", ".join(f"{name} {values[-1]:.2f} s" for name, values in seconds.items()))
    return seconds


def spread(values):
    return f"{min(values):.2f} to {max(values):.2f} s"


def by_pairs(ours, theirs):
    """The smallest and the largest ratio of two runs that were neighbours."""
    ratios = [a / b for a, b in zip(ours, theirs)]
    return f"{min(ratios):.2f} to {max(ratios):.2f}"


def mebibytes(size):
    return f"{size / 1048576:.1f} MiB"


class Results:
    def __init__(self):
        self.rows = []
        self.notes = []

    def add(self, what, measured, budget, met):
        verdict = "–" if met is None else "met" if met else "**missed**"
        self.rows.append((what, measured, budget, verdict))

    def add_ratio(self, what, ours, theirs, whose, budget=None, most=None):
        """A row of two medians of seconds, met where ours is at most so much of theirs; the medians."""
        a, b = statistics.median(ours), statistics.median(theirs)
        self.add(what, f"{a:.2f} s against {b:.2f} s of {whose}: **{a / b:.2f}**", budget or "none; for information",
                 a / b <= most if most else None)
        return a, b

    def table(self):
        heading = ("what", "measured", "budget", "")
        lines = [heading, ("---",) * 4, *self.rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)

    def document(self, about):
        """The table, the facts about machine and versions, and the notes."""
        facts = "\n".join(f"| {name} | {value} |" for name, value in about)
        notes = "\n".join(f"- {note}" for note in self.notes)
        return f"{self.table()}\n\n| | |\n| --- | --- |\n{facts}\n\n{notes}\n"

    def tell(self):
        say("\n" + self.table() + "\n")
        for note in self.notes:
            say(f"- {note}")


def with_section(document, heading, text):
    """The document with its section of this heading replaced, or put at its end."""
    found = re.search(rf"^## {re.escape(heading)}\n.*?(?=^## |\Z)", document, re.MULTILINE | re.DOTALL)
    before, after = (document[:found.start()], document[found.end():]) if found else (document, "")
    return "\n\n".join(part.strip("\n") for part in (before, text, after) if part.strip()) + "\n"


def facts(options):
    memory = 0
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemTotal:"):
            memory = int(line.split()[1]) // 1024
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    zstd = re.search(r"v?(\d+\.\d+\.\d+)", run(["zstd", "--version"]))
    return [
        ("date", datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")),
        ("nightjar", run([options.nightjar, "--version"]).strip()),
        ("machine", f"{os.cpu_count()} cores ({model}), {memory / 1024:.1f} GiB of memory"),
        ("system", f"{system}, Linux {'.'.join(platform.release().split('.')[:2])}"),
        ("SQLite", run(["sqlite3", "--version"]).split()[0]),
        ("zstd", zstd.group(1) if zstd else "unknown"),
        ("sizes", f"{options.size} MB and {options.large} MB, {options.rounds} rounds"),
    ]


def parser(description, steps):
    """The options of every benchmark that compares; `steps` are the measurements that can be asked for alone."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--nightjar", default=ROOT / ".build-release/release/nightjar", type=Path, help="the binary")
    made.add_argument("--size", type=int, default=300, help="MB of the usual database (300)")
    made.add_argument("--large", type=int, default=3000, help="MB of the large database (3000)")
    made.add_argument("--rounds", type=int, default=5, help="paired runs of each comparison (5)")
    made.add_argument("--quick", action="store_true",
                      help="small sizes and few rounds, to try the benchmark itself; writes no document")
    made.add_argument("--only", choices=steps, action="append", help="measure these alone; writes no document")
    made.add_argument("--folder", type=Path, help="where the databases are made (a new folder below $TMPDIR)")
    made.add_argument("--output", type=Path, default=ROOT / "docs/benchmarks.md", help="the document to write")
    return made


def parse(made):
    options = made.parse_args()
    if options.quick:
        options.size, options.large, options.rounds = 30, 90, 2
    if min(options.size, options.rounds) < 1:
        made.error("sizes and rounds are 1 or more")
    options.nightjar = options.nightjar.resolve()
    if not os.access(options.nightjar, os.X_OK):
        made.error(f"there is no {options.nightjar}; build it with 'make release'")
    return options


def repeating(given):
    """What of a program's arguments belongs to a line that repeats it: all but those that say where something is."""
    places = ("--nightjar", "--folder", "--output", "--litestream")
    kept, words = [], iter(given)
    for word in words:
        if word in places:
            next(words, None)
        elif word and not word.startswith(tuple(f"{place}=" for place in places)):
            kept.append(word)
    return kept


@contextlib.contextmanager
def workplace(folder):
    """A new folder, gone with all that is in it at the end."""
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="nightjar-bench.", dir=folder))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
