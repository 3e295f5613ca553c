"""A Debian that runs a real systemd in a container, for tests: made by debootstrap, booted by systemd-nspawn.

Needs root, debootstrap and systemd-container; no systemd on the host. Each machine is a copy of a cached root, with its
own mount, PID and network namespaces and its own control group, so that several run side by side.
"""

import contextlib
import ctypes
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path

from harness import Failed, check, wait_for

BASE = ["systemd", "systemd-sysv", "dbus", "sqlite3", "zstd"]
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}


def dependencies(package):
    """The names of the packages that a .deb depends on, the first of each alternative."""
    field = subprocess.run(["dpkg-deb", "-f", package, "Depends"], check=True, capture_output=True, text=True).stdout
    return [re.match(r"\s*([a-z0-9.+-]+)", part)[1] for part in field.split(",")]


def make_root(cache, packages, say):
    """The folder of a minimal Debian of the host's release with these packages: made once, kept in `cache`."""
    release = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    suite = release["VERSION_CODENAME"].strip('"')
    packages = sorted({*BASE, *packages})
    key = hashlib.sha256(" ".join([suite, *packages]).encode()).hexdigest()[:12]
    root = cache / f"{suite}-{key}"
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if root.exists():
            return root
        for leftover in cache.glob(f"{suite}-*"):
            if leftover.name.endswith(".new"):
                shutil.rmtree(leftover, ignore_errors=True)
        say(f"Making a Debian {suite} in {root} (about a minute)")
        started, made = time.monotonic(), cache / f"{root.name}.new"
        # A mirror that stumbles is asked once more.
        for attempt in (1, 2):
            done = subprocess.run(
                ["debootstrap", "--variant=minbase", f"--include={','.join(packages)}", suite, made],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=900,
                env={**os.environ, **ENVIRONMENT})
            if done.returncode == 0:
                break
            shutil.rmtree(made, ignore_errors=True)
            tail = "\n".join(done.stdout.splitlines()[-20:])
            check(attempt == 1, f"debootstrap ended with {done.returncode}:\n{tail}")
        shutil.rmtree(made / "var/cache/apt", ignore_errors=True)
        shutil.rmtree(made / "var/lib/apt/lists", ignore_errors=True)
        made.rename(root)
        say(f"  made in {time.monotonic() - started:.0f} s")
    return root


def control_groups():
    """The hierarchies that a systemd in a container writes to: the unified one, and systemd's own beside old ones."""
    found = []
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, folder, kind, options, *_ = line.split()
        if kind == "cgroup2" or (kind == "cgroup" and "name=systemd" in options.split(",")):
            found.append(Path(folder))
    check(found, "no control groups are mounted on this host")
    return found


def die_with_parent():
    """Also when this program is killed with SIGKILL, the container goes: nspawn's end is its container's."""
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Machine:
    """A booted Debian. Its files are below `root`; `stop` ends and removes it."""

    def __init__(self, base, work, name):
        self.name = f"nightjar-{name}-{secrets.token_hex(4)}"
        self.base = base
        self.folder = work / self.name
        self.root = self.folder / "root"
        self.console = self.folder / "console"
        self.groups = []
        self.process = None
        self.leader = None

    # Life ---------------------------------------------------------------------------------------------------------------

    def boot(self, limit=60):
        started = time.monotonic()
        self.folder.mkdir(parents=True)
        subprocess.run(["cp", "-a", "--reflink=auto", self.base, self.root], check=True, timeout=300)
        (self.root / "etc/hostname").write_text("nightjar-test\n")
        # A group of its own: without registration the container would share the host's, and that of other containers.
        for hierarchy in control_groups():
            group = hierarchy / self.name
            group.mkdir()
            self.groups.append(group)
        script = """
            for group in "$@"; do echo $$ > "$group/cgroup.procs"; done
            mount -t tmpfs tmpfs /run
            exec systemd-nspawn -q -D "$ROOT" -M "$NAME" --register=no --keep-unit --link-journal=no --private-network \\
                --resolv-conf=off --timezone=off --console=pipe -b
        """
        with open(self.console, "wb") as console:
            self.process = subprocess.Popen(
                ["unshare", "-m", "bash", "-euc", script, "bash", *map(str, self.groups)], stdin=subprocess.DEVNULL,
                stdout=console, stderr=console, start_new_session=True, preexec_fn=die_with_parent,
                env={**ENVIRONMENT, "ROOT": str(self.root), "NAME": self.name})
        self.leader = self.wait_for("the container's first process", self.find_leader, limit)
        self.wait_for("systemd to have booted", self.is_running, limit)
        return time.monotonic() - started

    def find_leader(self):
        if self.process.poll() is not None:
            raise Failed(f"systemd-nspawn ended with {self.process.returncode}:\n{self.console.read_text(errors='replace')}")
        pid = self.process.pid
        with contextlib.suppress(OSError):
            for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
                levels = re.search(r"^NSpid:(.*)$", Path(f"/proc/{child}/status").read_text(), re.M)[1].split()
                if levels[-1] == "1" and (self.root / "run").exists():
                    return int(child)
        return None

    def is_running(self):
        state = self.run("systemctl", "is-system-running", expect=None).stdout.strip()
        check(state != "degraded", "systemd came up with failed units")
        return state == "running"

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            SIGRTMIN_4 = signal.SIGRTMIN + 4  # systemd: power off
            if self.leader:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.leader, SIGRTMIN_4)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(timeout=20)
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for group in self.groups:
            self.remove_group(group)
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def remove_group(group):
        """Kills what is left in a control group and removes it; the kernel needs a moment between the two."""
        def removed():
            for folder, _, _ in os.walk(group, topdown=False):
                with contextlib.suppress(OSError):
                    for pid in Path(folder, "cgroup.procs").read_text().split():
                        if pid != "0":
                            os.kill(int(pid), signal.SIGKILL)
                with contextlib.suppress(OSError):
                    os.rmdir(folder)
            return not group.exists()

        with contextlib.suppress(Failed):
            wait_for("the control group to be gone", removed, 10)

    # Commands -----------------------------------------------------------------------------------------------------------

    def run(self, *command, expect=0, user=None, timeout=120, stdin=None):
        """Runs a command in the machine, as root or `user`; fails unless it ends with `expect` (a number, several, None)."""
        words = [str(word) for word in command]
        if user:
            words = ["runuser", "-u", user, "--", *words]
        done = subprocess.run(
            ["nsenter", "--target", str(self.leader), "--all", "--", *words], input=stdin, capture_output=True, text=True,
            stdin=subprocess.DEVNULL if stdin is None else None, timeout=timeout, env=ENVIRONMENT, errors="replace")
        wanted = expect if isinstance(expect, tuple) else (expect,)
        check(expect is None or done.returncode in wanted,
              f"{' '.join(words)}\nended with {done.returncode}, not {expect}:\n{done.stdout}{done.stderr}")
        return done

    def shell(self, script, **options):
        return self.run("sh", "-euc", script, **options)

    def succeeds(self, *command, **options):
        return self.run(*command, expect=None, **options).returncode == 0

    def put(self, path, text, mode=0o644, owner=None):
        """Writes a file; its folders are made."""
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(text)
        file.chmod(mode)
        if owner:
            self.run("chown", owner, path)

    def show(self, unit, name):
        return self.run("systemctl", "show", "--value", "-p", name, unit).stdout.strip()

    def journal(self, unit=None, after=None, lines=None):
        """The journal's text; `after` is a cursor from `cursor`."""
        words = ["journalctl", "--no-pager", "-b", "-o", "short-precise"]
        words += ["-u", unit] if unit else []
        words += [f"--after-cursor={after}"] if after else []
        words += ["-n", str(lines)] if lines else []
        return self.run(*words, expect=None).stdout

    def cursor(self):
        """A place in the journal: what is logged from now on comes after it."""
        self.run("journalctl", "--sync", expect=None)
        text = self.run("journalctl", "--no-pager", "-b", "-n", "1", "--show-cursor", "-q").stdout
        return re.search(r"-- cursor: (.*)", text)[1]

    def wait_for(self, what, condition, limit=60):
        """Until `condition()` gives something true, which is returned; asks again several times a second."""
        def met():
            if result := condition():
                return result
            if self.process is not None and self.process.poll() is not None:
                raise Failed(f"the machine ended with {self.process.returncode} while waiting for {what}")
            return None

        return wait_for(what, met, limit, pause=0.2)

    def wait_for_journal(self, pattern, after, unit="nightjar.service", limit=60):
        """Until the unit has logged a line with this pattern after that cursor; the match."""
        def found():
            return re.search(pattern, self.journal(unit, after), re.I | re.M)
        return self.wait_for(f"/{pattern}/ in the journal of {unit}", found, limit)
