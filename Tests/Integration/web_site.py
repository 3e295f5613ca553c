"""A running `nightjar serve` with sample databases and a store, for the programs that test the page and the API.

What these programs need besides Debian's packages comes from PyPI into one virtual environment, made once. Each of them
works in a network namespace of its own: nothing that a test sends, and nothing that the daemon is talked into, gets away.
"""

import argparse
import base64
import contextlib
import ctypes
import datetime
import fcntl
import http.client
import json
import os
import re
import secrets
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import Failed, Stopped, check, say, stop_everything, wait_for

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ["playwright==1.65.2", "axe-playwright-python==0.1.8", "schemathesis==4.32.5", "prometheus-client==0.26.0",
            "PyYAML==6.0.3", "standardwebhooks==1.1.0", "aiosmtpd==1.4.6"]
# Pauses make an export last, so that there is something to watch: about a second a megabyte on a fast machine.
SLOW = "{work: 10ms, pause: 1s}"
# Its first pause alone is longer than anything that waits for an export, however fast the machine is.
ENDLESS = "{work: 10ms, pause: 10m}"
SCOPES = {"reader": "read", "exporter": "export", "admin": "admin"}


# Programs -----------------------------------------------------------------------------------------------------------------


def parser(description, limit):
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--nightjar", type=Path, default=ROOT / ".build-release/release/nightjar", help="the binary")
    made.add_argument("--environment", type=Path, default=ROOT / ".build/web-venv", help="where PyPI's packages go")
    made.add_argument("--limit", type=int, default=limit, help=f"seconds after which everything is stopped ({limit})")
    return made


def parse(made):
    options = made.parse_args()
    options.nightjar = options.nightjar.resolve()
    options.environment = options.environment.resolve()
    if not os.access(options.nightjar, os.X_OK):
        made.error(f"there is no {options.nightjar}; build it with 'make release'")
    return options


def perform(options, body, prepare=None):
    """Calls `body(work)` with a temporary folder; says how it ended and gives the exit code.

    `prepare` does what needs the network outside, before there is none any more.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, stop_everything)
    signal.alarm(options.limit)
    # Where the way out leads through a proxy, the one to this machine does not.
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = "*"
    try:
        install(options.environment)
        if prepare:
            prepare()
        isolate()
        with tempfile.TemporaryDirectory(prefix="nightjar-web.", ignore_cleanup_errors=True) as work:
            body(Path(work))
        say("All is well.")
        return 0
    except (Failed, Stopped, subprocess.SubprocessError) as error:
        say(f"FAILED: {error}")
        return 1
    finally:
        signal.alarm(0)


def install(folder):
    """Makes the virtual environment once, and again when the list of packages has changed; programs can then import it."""
    python, stamp = folder / "bin/python", folder / "installed"
    wanted = "\n".join(PACKAGES)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.parent / f"{folder.name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (python.exists() and stamp.exists() and stamp.read_text() == wanted):
            say(f"Installing {', '.join(PACKAGES)} into {folder}")
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES], check=True)
            stamp.write_text(wanted)
    sys.path[:0] = [str(path) for path in folder.glob("lib/python*/site-packages")]


def need(*programs):
    missing = [name for name in programs if not shutil.which(name)]
    check(not missing, f"not installed: {', '.join(missing)} (Scripts/install-dependencies --web)")


def isolate(mounts=False):
    """Leaves for a network namespace that has loopback alone; with `mounts` for a mount namespace as well."""
    CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
    SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
    libc, user, group = ctypes.CDLL(None, use_errno=True), os.getuid(), os.getgid()
    flags = (0 if user == 0 else CLONE_NEWUSER) | (CLONE_NEWNS if mounts else CLONE_NEWNET)
    check(libc.unshare(flags) == 0, f"no namespace of its own: {os.strerror(ctypes.get_errno())} (run it as root)")
    if user != 0 and not mounts:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    if mounts:
        return
    with socket.socket() as one:
        request = struct.pack("16sh14x", b"lo", 0)
        state = struct.unpack("16sh14x", fcntl.ioctl(one, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(one, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", state | IFF_UP))


def free_port():
    """A port that the kernel gave out a moment ago."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


# HTTP ---------------------------------------------------------------------------------------------------------------------


class Reply:
    """An answer: `status`, `headers` (names in lower case, equal ones joined) and `body`."""

    def __init__(self, status, headers, body, asked):
        self.status = status
        self.headers = {}
        for name, value in headers:
            before = self.headers.get(name.lower())
            self.headers[name.lower()] = value if before is None else f"{before}, {value}"
        self.body = body
        self.asked = asked

    @property
    def text(self):
        return self.body.decode(errors="replace")

    @property
    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            raise Failed(f"{self}: this is no JSON") from None

    def expect(self, *statuses):
        check(self.status in statuses, f"{self}: expected {' or '.join(map(str, statuses))}")
        return self

    def __str__(self):
        return f"{self.asked} → {self.status} {self.text[:2000]}"


def ask(port, method, path, headers=None, body=None, timeout=60, source=None):
    """One request on a connection of its own, from an address of this machine, as it is: no redirect is followed."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout, source_address=source and (source, 0))
    try:
        # Who refuses a large body may answer, and close, before all of it was sent.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method, path, body=body, headers=headers or {})
        response = connection.getresponse()
        return Reply(response.status, response.getheaders(), response.read(), f"{method} {path}")
    except (OSError, http.client.HTTPException) as error:
        raise Failed(f"{method} {path}: {type(error).__name__}: {error}") from None
    finally:
        connection.close()


STRANGERS = (f"127.{one}.{two}.{three}" for one in range(1, 255) for two in range(1, 255) for three in range(1, 255))


def stranger():
    """An address of this machine that was not used before: wrong tokens are counted by where they come from."""
    return next(STRANGERS)


# The site -----------------------------------------------------------------------------------------------------------------


class Site:
    """A folder with databases, a store, a configuration and the daemon that works with them.

    `http` and `defaults` are more keys of these mappings of the configuration, `tokens` names and scopes besides the usual,
    `notify` channels, each a mapping; `hidden` are texts that no log may hold, besides the tokens.
    """

    def __init__(self, nightjar, folder, http=None, tokens=None, defaults=None, store=None, notify=None, hidden=()):
        self.nightjar = nightjar
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.store = store or folder / "store"
        self.state = folder / "state"
        self.config = folder / "nightjar.yaml"
        self.log = folder / "log"
        self.http = http or {}
        self.notify = notify or []
        self.hidden = list(hidden)
        self.defaults = {"store": "disk", "timezone": "UTC", "schedule": "off", **(defaults or {})}
        self.scopes = {**SCOPES, **(tokens or {})}
        self.tokens = {name: secrets.token_hex(20) for name in self.scopes}
        self.databases = {}
        self.port = None
        self.process = None

    # Preparing ----------------------------------------------------------------------------------------------------------

    def generate(self, name, megabytes, **settings):
        """A mixed database of this size."""
        file = self.add(name, **settings)
        subprocess.run([ROOT / "Benchmarks/generate", str(megabytes), file], check=True, stdout=subprocess.DEVNULL)

    def create(self, name, sql, **settings):
        """A small database in WAL mode, made by the sqlite3 shell."""
        file = self.add(name, **settings)
        subprocess.run(["sqlite3", "-bail", file, f"PRAGMA journal_mode=WAL; BEGIN; {sql} COMMIT;"], check=True,
                       stdout=subprocess.DEVNULL)

    def broken(self, name, **settings):
        """A file that is no database: its backups fail."""
        self.add(name, **settings).write_bytes(b"this is not a database\n" * 400)

    def add(self, name, file=None, **settings):
        """`settings` are keys of the database; the file is the caller's to make."""
        self.databases[name] = {"sqlite": file or self.folder / f"{name}.db", **settings}
        return self.source(name)

    def source(self, name):
        return Path(self.databases[name]["sqlite"])

    def configure(self):
        def block(name, mapping, indent=""):
            return [f"{indent}{name}:", *(f"{indent}  {key}: {value}" for key, value in mapping.items())]

        lines = [f"state_dir: {self.state}", "stores:", f"  disk: {{type: directory, path: {self.store}}}",
                 *block("defaults", self.defaults), "databases:"]
        for name, settings in self.databases.items():
            lines += block(name, settings, "  ")
        http = {"listen": f"127.0.0.1:{self.port}", **self.http}
        lines += [*block("http", {key: value.replace("PORT", str(self.port)) for key, value in http.items()}), "  tokens:"]
        for name, scope in self.scopes.items():
            secret = self.folder / f"{name}.token"
            secret.touch(mode=0o600)
            secret.write_text(self.tokens[name] + "\n")
            lines.append(f"    - {{name: {name}, token: {{file: {secret}}}, scope: {scope}}}")
        # JSON is YAML, too.
        lines += ["notify:", *(f"  - {json.dumps(channel)}" for channel in self.notify)] if self.notify else []
        self.config.touch(mode=0o600)
        self.config.write_text("\n".join([*lines, ""]))

    # Life ---------------------------------------------------------------------------------------------------------------

    def start(self, limit=30):
        """Starts the daemon and waits until it answers; another port is taken where somebody was quicker."""
        for attempt in (1, 2, 3):
            self.port = free_port()
            self.configure()
            with open(self.log, "ab") as log:
                self.process = subprocess.Popen(
                    [self.nightjar, "--config", self.config, "serve"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    start_new_session=True)
            if self.listens(limit):
                return self
            check(attempt < 3 and "in use" in self.tail(), f"nightjar serve does not answer:\n{self.tail()}")
            self.kill()
        return self

    def listens(self, limit):
        """Whether it answers before it ends and before the time is over."""
        def ended():
            return self.process.poll() is not None

        with contextlib.suppress(Failed):
            wait_for("an answer", lambda: ended() or self.answers(), limit, pause=0.05)
            return not ended()
        return False

    def answers(self):
        with contextlib.suppress(Failed):
            return ask(self.port, "GET", "/healthz", timeout=2).status == 200
        return False

    def stop(self, limit=30):
        """SIGTERM, as systemd does it: the daemon ends by itself, well, and has told no secret."""
        check(self.process.poll() is None, f"the daemon ended with {self.process.poll()}:\n{self.tail()}")
        self.process.terminate()
        try:
            code = self.process.wait(timeout=limit)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"the daemon did not end within {limit} s of SIGTERM:\n{self.tail()}") from None
        check(code == 0, f"the daemon ended with {code} after SIGTERM:\n{self.tail()}")
        log = self.log.read_text(errors="replace")
        told = [name for name, secret in self.tokens.items() if secret in log]
        check(not told, f"the log holds the tokens of {', '.join(told)}")
        check(not any(text in log for text in self.hidden), "the log holds what nobody should read there")

    def reload(self, limit=60):
        """SIGHUP, as systemd does it, with the configuration as it is now; waits until the daemon has taken it."""
        def reloads():
            return self.catalog("SELECT count(*) AS n FROM events WHERE kind = 'configuration.reloaded'")[0]["n"]

        before = reloads()
        self.configure()
        self.process.send_signal(signal.SIGHUP)
        wait_for("the reload", lambda: reloads() > before, limit, tell=self.tail)

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, error, _):
        try:
            if kind is None:
                self.stop()
            else:
                say(f"The end of the daemon's log:\n{self.tail()}")
        finally:
            self.kill()

    def memory(self, figure="VmRSS"):
        """Of the daemon, in bytes: what it holds now, or with VmHWM held at most."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{figure}:\s+(\d+)", status)[1]) << 10

    def tail(self, lines=30):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    # Asking -------------------------------------------------------------------------------------------------------------

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @staticmethod
    def deaf_channel(name="ops"):
        """A channel to a port of this machine where nobody listens (tcpmux), told of everything."""
        return {"webhook": "http://127.0.0.1:1/hook", "name": name, "allow_private": True, "events": "all",
                "secret": "whsec_" + base64.b64encode(bytes(32)).decode()}

    def bearer(self, name):
        return {"Authorization": f"Bearer {self.tokens[name]}"}

    def basic(self, name):
        pair = f"{name}:{self.tokens[name]}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}

    def ask(self, method, path, token="admin", data=None, headers=None, timeout=60):
        """`token` is a name, or None; `data` is sent as JSON."""
        fields = {**(self.bearer(token) if token else {}), **(headers or {})}
        body = None
        if data is not None:
            body, fields["Content-Type"] = json.dumps(data), "application/json"
        return ask(self.port, method, path, fields, body, timeout)

    def get(self, path, token="reader", **options):
        """The JSON of an answer that has to be 200."""
        return self.ask("GET", path, token, **options).expect(200).json

    def run(self, *arguments, expect=0, limit=300):
        """Runs nightjar on the command line; `expect` is an exit code, or several that will do."""
        expected = expect if isinstance(expect, tuple) else (expect,)
        command = [str(self.nightjar), "--config", str(self.config), *map(str, arguments)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=limit)
        check(done.returncode in expected, f"'{' '.join(map(str, arguments))}' ended with {done.returncode}, "
                                           f"not {' or '.join(map(str, expected))}:\n{done.stdout}{done.stderr}")
        return done

    def catalog(self, sql, *values):
        """Rows of the daemon's own database, read beside it."""
        with contextlib.closing(sqlite3.connect(f"file:{self.state}/catalog.db?mode=ro", uri=True, timeout=10)) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(sql, values)]

    def last_run(self, name):
        rows = self.catalog("SELECT * FROM runs WHERE database = ? ORDER BY id DESC LIMIT 1", name)
        return rows[0] if rows else None

    def back_up(self, name, limit=120):
        """A backup over the API, waited for; the row of its run, which has to be completed."""
        self.ask("POST", f"/api/v1/databases/{name}/backup").expect(202)
        return self.wait_ended(name, limit)

    def wait_ended(self, name, limit=120, states=("completed",)):
        run = wait_for(f"the end of the run of {name}", lambda: self.ended(name), limit)
        check(run["state"] in states, f"the run of {name} is {run['state']}: {run['error_message']}\n{self.tail()}")
        return run

    def ended(self, name):
        run = self.last_run(name)
        return run if run and run["state"] not in ("queued", "running") else None

    # Dumps --------------------------------------------------------------------------------------------------------------

    def restore(self, dump, restored):
        """What anybody would do with a downloaded dump: zstd where it is compressed, then the sqlite3 shell."""
        with open(dump, "rb") as file:
            magic = file.read(4)
        reader = {b"\x28\xb5\x2f\xfd": "zstd -d -q -c"}.get(magic, "gzip -d -c" if magic[:2] == b"\x1f\x8b" else "cat")
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", f"{reader} <'{dump}' | sqlite3 -bail '{restored}'"],
                              capture_output=True, text=True, timeout=300)
        check(done.returncode == 0, f"{dump} cannot be imported ({reader}): {done.stderr}")

    def compare(self, name, dump, source=None):
        """Restores a dump, and compares the result with the source, or another file, by the sqlite3 shell alone."""
        restored = self.folder / f"restored-{secrets.token_hex(4)}.db"
        self.restore(dump, restored)
        self.compare_files(source or self.source(name), restored)
        restored.unlink()

    @staticmethod
    def compare_files(first, second):
        """Two databases have to be equal, as the sqlite3 shell sees them."""
        done = subprocess.run([ROOT / "Scripts/compare", first, second], capture_output=True, text=True)
        check(done.returncode == 0, f"{second} is not {first}:\n{done.stdout}{done.stderr}")


# Checks that several programs make ----------------------------------------------------------------------------------------

CONTENT_POLICY = {"default-src": ["'none'"], "base-uri": ["'none'"], "frame-ancestors": ["'none'"],
                  "form-action": ["'self'", "'none'"]}
SECURITY_HEADERS = {"referrer-policy": "no-referrer", "x-content-type-options": "nosniff", "x-frame-options": "DENY",
                    "cross-origin-opener-policy": "same-origin", "cross-origin-resource-policy": "same-origin"}


def check_headers(reply):
    """The headers that stand on every answer, whatever it is."""
    for name, value in SECURITY_HEADERS.items():
        check(reply.headers.get(name) == value, f"{reply.asked} → {reply.status}: {name} is {reply.headers.get(name)!r}")
    words = [part.split(None, 1) for part in reply.headers.get("content-security-policy", "").split(";") if part.strip()]
    policy = {word[0]: word[1] if len(word) > 1 else "" for word in words}
    for name, values in CONTENT_POLICY.items():
        check(policy.get(name) in values,
              f"{reply.asked} → {reply.status}: the content policy's {name} is {policy.get(name)!r}")
    for name in ("script-src", "style-src"):
        check(re.fullmatch(r"'nonce-[A-Za-z0-9+/_=-]{16,}'|'none'|", policy.get(name, "")),
              f"{reply.asked} → {reply.status}: the content policy's {name} is {policy.get(name)!r}")


def timestamp(text):
    """The time of an ISO 8601 string in UTC, as all of Nightjar's JSON has it."""
    try:
        check(text.endswith("Z"), f"'{text}' is not in UTC")
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except (ValueError, AttributeError, TypeError):
        raise Failed(f"{text!r} is no time") from None
