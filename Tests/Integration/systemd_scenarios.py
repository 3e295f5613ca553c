"""What must hold for the package and the service on a Debian with a real systemd. One function, one fresh machine."""

import json
import re
import secrets
import shutil
import subprocess
import time
from pathlib import Path

from harness import Failed, check

ROOT = Path(__file__).resolve().parent.parent.parent
CONFIG = "/etc/nightjar/nightjar.yaml"
DISK = "/var/backups/nightjar"
ACCESS_KEY = "AKIDNIGHTJARTEST"
S3_PORT = 9000
PORT = 8630
CONTROL = "/run/nightjar/control.sock"
# The longest time from "now" to a backup of a schedule's next minute: the minute itself, and the run.
SLOT_LIMIT = 180


class Setting:
    """A machine with the package installed, and what scenarios do with it again and again."""

    def __init__(self, machine, options, say):
        self.machine = machine
        self.options = options
        self.say = say
        self.secret = secrets.token_hex(20)

    # Preparing ----------------------------------------------------------------------------------------------------------

    def install(self):
        shutil.copy(self.options.package, self.machine.root / "root/nightjar.deb")
        return self.machine.run("dpkg", "-i", "/root/nightjar.deb")

    def application(self, name="shop", megabytes=None):
        """A user with a WAL database as docs/access.md asks for it, made by that user, and the service in its group."""
        machine = self.machine
        machine.shell(f"""
            useradd --system --user-group --home-dir /srv/{name} --shell /bin/sh {name}
            install -d -o {name} -g {name} -m 2770 /srv/{name}
        """)
        if megabytes:
            made = machine.folder / f"{name}.db"
            subprocess.run([ROOT / "Benchmarks/generate", str(megabytes), made], check=True, stdout=subprocess.DEVNULL)
            shutil.move(made, machine.root / f"srv/{name}/{name}.db")
            machine.run("chown", f"{name}:{name}", f"/srv/{name}/{name}.db")
        else:
            self.write(name, "PRAGMA journal_mode=WAL; CREATE TABLE items(id INTEGER PRIMARY KEY, note TEXT);"
                             "INSERT INTO items(note) VALUES ('one'), ('two'), ('three');")
        # SQLite makes a database 0644 less the umask, never writable for the group: that is for a person to say.
        machine.run("chmod", "0660", f"/srv/{name}/{name}.db")
        self.drop_in("access", f"SupplementaryGroups={name}")

    def write(self, name, sql):
        """The application opens its database, writes, and closes it."""
        command = f"umask 0007; sqlite3 -bail -cmd '.timeout 10000' /srv/{name}/{name}.db \"$0\""
        return self.machine.run("sh", "-euc", command, sql, user=name).stdout

    def drop_in(self, name, *lines):
        text = "\n".join(["[Service]", *lines, ""])
        self.machine.put(f"/etc/systemd/system/nightjar.service.d/{name}.conf", text)
        self.machine.run("systemctl", "daemon-reload")

    def disk(self):
        """A directory store."""
        self.machine.run("install", "-d", "-o", "nightjar", "-g", "nightjar", "-m", "0750", DISK)
        return f"  store: {{type: directory, path: {DISK}}}\n"

    def s3(self, rate=None, access_key=ACCESS_KEY):
        """A real S3 server in the machine that checks signatures; its secret is a file that root alone can read."""
        machine = self.machine
        shutil.copy(self.options.rclone, machine.root / "usr/local/bin/rclone")
        machine.run("install", "-d", "/srv/s3/nightly")
        machine.run(
            "systemd-run", "-q", "--unit=s3", "rclone", "serve", "s3", "--config", "/root/rclone.conf",
            "--addr", f"127.0.0.1:{S3_PORT}", "--auth-key", f"{access_key},{self.secret}", "/srv/s3")
        machine.wait_for("the S3 server", lambda: machine.succeeds("bash", "-c", f"</dev/tcp/127.0.0.1/{S3_PORT}"))
        machine.put("/etc/nightjar/secrets/s3-secret", self.secret + "\n", mode=0o600)
        limit = f"    upload_rate: {rate}\n" if rate else ""
        return (f"  store:\n    type: s3\n    endpoint: http://127.0.0.1:{S3_PORT}\n    region: us-east-1\n"
                f"    bucket: nightly\n    prefix: web-1\n    part_size: 5MiB\n    upload_concurrency: 1\n{limit}"
                f"    access_key_id: {access_key}\n    secret_access_key: {{credential: s3-secret}}\n")

    def configure(self, store, databases, options=""):
        """`databases` are names and schedules; the files are /srv/NAME/NAME.db."""
        text = f"stores:\n{store}defaults:\n  store: store\n  timezone: UTC\n  jitter: 0s\n{options}databases:\n"
        for name, (file, schedule) in databases.items():
            text += f"  {name}:\n    sqlite: {file}\n    schedule: \"{schedule}\"\n"
        self.machine.put(CONFIG, text, mode=0o640, owner="root:nightjar")

    def start(self):
        self.machine.run("systemctl", "enable", "-q", "nightjar.service")
        self.machine.run("systemctl", "start", "nightjar.service")
        check(self.machine.show("nightjar", "ActiveState") == "active", "the service is not active after its start")
        return self.pid()

    # Looking ------------------------------------------------------------------------------------------------------------

    def pid(self):
        return int(self.machine.show("nightjar", "MainPID"))

    def json(self, *command, expect=0):
        done = self.machine.run("nightjar", *command, "--json", expect=expect, timeout=300)
        try:
            return json.loads(done.stdout)
        except ValueError:
            raise Failed(f"'{' '.join(command)} --json' is no JSON:\n{done.stdout}{done.stderr}") from None

    def backups(self, name):
        return [row for row in self.json("list", name)["backups"] if row["database"] == name]

    def proved(self, name):
        rows = self.backups(name)
        return rows if rows and all(row["state"] == "proved" for row in rows) else None

    def wait_proved(self, name, limit=SLOT_LIMIT):
        return self.machine.wait_for(f"a proved backup of {name}", lambda: self.proved(name), limit)

    def exporting(self, size=1):
        """What `status --json` says of a run that has so many bytes of its export behind it; None where there is none."""
        done = self.machine.run("nightjar", "status", "--json", expect=None)
        try:
            found = [part for part in walk(json.loads(done.stdout)) if part.get("phase") == "export"]
        except ValueError:
            return None
        return next((part for part in found if part.get("dumpBytes", 0) >= size), None)

    def wait_exporting(self, size):
        return self.machine.wait_for("the export to be under way", lambda: self.exporting(size), SLOT_LIMIT)

    def nothing_left(self):
        """No snapshot, no scratch database, no spool file, no half-made object."""
        def clean():
            left = self.machine.shell(f"""
                find /var/lib/nightjar -path '*/scratch/*' -type f
                [ ! -d {DISK} ] || find {DISK} -type f ! -name '*.json' ! -name '*.zst'
            """).stdout
            return not left
        self.machine.wait_for("the scratch folder to be empty", clean, 30)


def walk(value):
    """All dictionaries in a JSON value."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from walk(inner)


def next_slot(lead=4):
    """A cron line for the next minute that is at least `lead` seconds away, in UTC."""
    slot = time.gmtime((int(time.time() + lead) // 60 + 1) * 60)
    return f"{slot.tm_min} {slot.tm_hour} * * *"


NEVER = "0 0 1 1 *"
# Pauses make an export of a few megabytes last, so that there is a middle to hit.
SLOW = "  breathing: {work: 20ms, pause: 1s}\n  chunk_rows: 100\n"


# The scenarios ------------------------------------------------------------------------------------------------------------


def package(setting):
    """the package installs, upgrades, is removed and purged; the units verify and are confined"""
    machine = setting.machine
    setting.install()
    check(machine.run("dpkg-query", "-W", "-f", "${db:Status-Abbrev}", "nightjar").stdout.strip() == "ii",
          "the package is not installed")
    entry = machine.run("getent", "passwd", "nightjar").stdout.strip().split(":")
    check(entry[5:] == ["/var/lib/nightjar", "/usr/sbin/nologin"], f"the user is {entry}")
    check(machine.run("nightjar", "--version").stdout.strip() != "", "'nightjar --version' says nothing")
    for unit in ("nightjar.service", "nightjar.socket"):
        state = machine.run("systemctl", "is-enabled", unit, expect=None).stdout.strip()
        check(state == "disabled", f"{unit} is {state}, not disabled")
        check(machine.show(unit, "ActiveState") == "inactive", f"{unit} was started by the installation")
    modes = machine.run("stat", "-c", "%n %U:%G %a", "/etc/nightjar", "/etc/nightjar/conf.d", "/etc/nightjar/secrets",
                        "/var/lib/nightjar").stdout.split("\n")
    check(modes[:4] == ["/etc/nightjar root:nightjar 750", "/etc/nightjar/conf.d root:nightjar 750",
                        "/etc/nightjar/secrets root:nightjar 750", "/var/lib/nightjar nightjar:nightjar 750"],
          f"owners and modes: {modes}")
    verify = machine.run("systemd-analyze", "verify", "nightjar.service", "nightjar.socket")
    check(not (verify.stdout + verify.stderr).strip(), f"systemd-analyze verify: {verify.stdout}{verify.stderr}")
    security = machine.run("systemd-analyze", "security", "--no-pager", "--threshold=15", "nightjar.service")
    setting.say("  " + security.stdout.strip().splitlines()[-1].lstrip("→ "))
    check(machine.run("dpkg", "-V", "nightjar").stdout == "", "dpkg -V finds changed files")

    # The sandbox itself, with a program that is there on any Debian: what the service can and cannot reach.
    sandbox(setting)

    # An upgrade keeps the configuration and enables nothing; removing keeps it and the state, purging only backups.
    machine.put(CONFIG, "# mine\n", mode=0o640, owner="root:nightjar")
    machine.shell("""
        install -d -o nightjar -g nightjar /var/lib/nightjar/backups /var/lib/nightjar/elsewhere /var/lib/nightjar/scratch
        touch /var/lib/nightjar/catalog.db /var/lib/nightjar/backups/part /var/lib/nightjar/scratch/x
        touch /var/lib/nightjar/elsewhere/dump_20260101-000000.manifest.json
    """)
    setting.install()
    check((machine.root / CONFIG.lstrip("/")).read_text() == "# mine\n", "an upgrade changed the configuration")
    check(machine.run("systemctl", "is-enabled", "nightjar", expect=None).stdout.strip() == "disabled",
          "an upgrade enabled the service")
    machine.run("dpkg", "-r", "nightjar")
    check((machine.root / CONFIG.lstrip("/")).exists(), "removing the package removed the configuration")
    check((machine.root / "var/lib/nightjar/catalog.db").exists(), "removing the package removed the state")
    purged = machine.run("dpkg", "-P", "nightjar").stdout
    left = sorted(path.name for path in (machine.root / "var/lib/nightjar").iterdir())
    check(left == ["backups", "elsewhere"], f"left by purge: {left}\n{purged}")
    check("backups elsewhere" in purged, f"purge does not say what it left:\n{purged}")
    check(not (machine.root / "etc/nightjar").exists(), "purge left /etc/nightjar")
    check(machine.run("systemctl", "--failed", "--no-legend").stdout == "", "units failed")


def sandbox(setting):
    """The unit with another program in it: writes where applications keep data, nowhere else, and sees its credentials."""
    machine = setting.machine
    machine.put("/etc/nightjar/secrets/r2-secret", "from-a-file\n", mode=0o600)
    machine.put("/etc/nightjar/environment", "R2_ACCESS_KEY_ID=from-the-environment\n", mode=0o600)
    machine.shell("install -d -m 0777 /srv/app /opt/app /mnt/app /home/app /data; chmod 0777 /data")
    probe = r"""
        exec >/var/lib/nightjar/probe 2>&1
        for folder in /srv/app /opt/app /mnt/app /var/lib/nightjar /run/nightjar /home/app /data /etc/nightjar /usr; do
            if ( : >"$folder/probe.tmp" ) 2>/dev/null; then echo "writes $folder"; else echo "not $folder"; fi
        done
        echo "credential $(cat "$CREDENTIALS_DIRECTORY/secrets_r2-secret")"
        echo "variable $R2_ACCESS_KEY_ID"
        echo "state $STATE_DIRECTORY runtime $RUNTIME_DIRECTORY"
        if cat /etc/nightjar/secrets/r2-secret 2>/dev/null; then echo "reads the secret's file"; fi
        echo "user $(id -un) $(id -gn)"
        echo "owner of /srv/app $(stat -c %U /srv/app)"
        echo "nice $(nice)"
    """
    machine.put("/usr/local/bin/probe", "#!/bin/sh\n" + probe, mode=0o755)
    setting.drop_in("probe", "Type=oneshot", "ExecStart=", "ExecStart=/usr/local/bin/probe", "WatchdogSec=0", "Restart=no")
    machine.run("systemctl", "start", "nightjar.service")
    seen = (machine.root / "var/lib/nightjar/probe").read_text().splitlines()
    expected = ["writes /srv/app", "writes /opt/app", "writes /mnt/app", "writes /var/lib/nightjar", "writes /run/nightjar",
                "not /home/app", "not /data", "not /etc/nightjar", "not /usr", "credential from-a-file",
                "variable from-the-environment", "state /var/lib/nightjar runtime /run/nightjar", "user nightjar nightjar",
                "owner of /srv/app root", "nice 10"]
    check(seen == expected, "in the sandbox: " + "\n".join(["", *seen]) + "\nexpected: " + "\n".join(["", *expected]))
    # As the unit's comments and docs/access.md say it: elsewhere, and below /home without the rest of it.
    machine.shell("install -d -m 0777 /home/app/data; rm /var/lib/nightjar/probe")
    setting.drop_in("place", "ReadWritePaths=/data", "ProtectHome=tmpfs", "BindPaths=/home/app/data")
    machine.put("/usr/local/bin/probe", "#!/bin/sh\nset -e\n: >/data/a\n: >/home/app/data/a\n", mode=0o755)
    machine.run("systemctl", "start", "nightjar.service")
    # The program itself runs under the filter of system calls and can say so.
    setting.drop_in("probe", "Type=oneshot", "ExecStart=", "ExecStart=/usr/bin/nightjar --version", "WatchdogSec=0",
                    "Restart=no")
    machine.run("systemctl", "start", "nightjar.service")
    shutil.rmtree(machine.root / "etc/systemd/system/nightjar.service.d")
    for path in ("etc/nightjar/secrets/r2-secret", "etc/nightjar/environment"):
        (machine.root / path).unlink()
    machine.run("systemctl", "daemon-reload")


def readme(setting):
    """the README's steps for a server, typed word for word by a person"""
    machine = setting.machine
    text = (ROOT / "README.md").read_text().split("## The first backup on a server")[1].split("\n## ")[0]
    steps = re.findall(r"```sh\n(.*?)```", text, re.S)
    check(len(steps) == 8, f"the README has {len(steps)} blocks of commands for a server")
    _, secret, access, ask, backup, nightly, page, tell = steps
    yaml, notify, service = re.findall(r"```yaml\n(.*?)```", text, re.S)
    # Root of a fresh container needs no sudo, but the README's reader does.
    machine.put("/usr/local/bin/sudo", """#!/bin/sh
        user=root; if [ "$1" = -u ]; then user=$2; shift 2; fi; exec runuser -u "$user" -- "$@"
    """.strip() + "\n", mode=0o755)
    machine.shell("useradd --system --user-group --home-dir /srv/shop --shell /bin/sh shop; install -d -o shop -g shop /srv/shop")
    setting.write("shop", "PRAGMA journal_mode=WAL; CREATE TABLE items(id INTEGER PRIMARY KEY, note TEXT);"
                          "INSERT INTO items(note) VALUES ('one'), ('two'), ('three');")
    setting.install()
    access_key = re.search(r"access_key_id: (\w+)", yaml).group(1)
    setting.s3(access_key=access_key)
    (machine.root / "etc/nightjar/secrets/s3-secret").unlink()
    machine.shell(f"printf '%s\\n' {setting.secret} | {{ {secret} }}")
    # The one thing that a test cannot have is Cloudflare.
    machine.shell("sudo nightjar init")
    yaml, count = re.subn(r"type: r2\n    account_id: \w+\n",
                          f"type: s3\n    region: auto\n    endpoint: http://127.0.0.1:{S3_PORT}\n", yaml)
    check(count == 1, "the README's configuration has another beginning")
    machine.put(CONFIG, yaml, mode=0o640, owner="root:nightjar")
    machine.shell(access)
    machine.shell(ask)
    proved = machine.shell(backup).stdout
    check("Proved: 1 table, 3 rows" in proved, f"the first backup says:\n{proved}")
    shown = machine.shell(nightly).stdout
    check("02:30" in shown and "shop" in shown, f"the plan and the status say:\n{shown}")
    check(machine.show("nightjar", "ActiveState") == "active", "the service does not work")
    # The tunnel is for the reader's own machine.
    token = machine.shell(page.split("\nssh ")[0]).stdout.strip()
    check(re.fullmatch(r"[0-9a-f]{64}", token), f"the token of the page is {token!r}")
    # The channels are somebody's: what is seen is that the service takes them, and says that nothing arrives.
    machine.put(CONFIG, f"{yaml}\n{notify}", mode=0o640, owner="root:nightjar")
    told = machine.shell(f"printf '%s\\n' not-the-password | {{ {tell} }}", expect=69).stdout
    check("healthchecks" in told and "email" in told, f"the samples say:\n{told}")
    check("not-the-password" not in told, "a sample tells the password")
    # Nor is there a service to read: what is seen is that it is understood.
    machine.shell(f"printf '%s\\n' not-the-token | {{ {secret.replace('r2-secret', 'app-token')} }}")
    machine.put(CONFIG, f"{yaml}{service}\n{notify}", mode=0o640, owner="root:nightjar")
    known = machine.shell("sudo -u nightjar nightjar check").stdout
    check("database app: StarbaseDB at app.example.workers.dev" in known, f"of the service it says:\n{known}")
    setting.write("shop", "INSERT INTO items(note) VALUES ('four');")


def schedule(setting):
    """a scheduled backup appears and is proved, with the store's secret from a credential; an upgrade restarts the service"""
    machine = setting.machine
    setting.install()
    setting.application()
    setting.configure(setting.s3(), {"shop": ("/srv/shop/shop.db", next_slot())})
    before = machine.cursor()
    pid = setting.start()
    check(not machine.succeeds("cat", "/etc/nightjar/secrets/s3-secret", user="nightjar"),
          "the service's user can read the secret's file: the credential proves nothing")
    rows = setting.wait_proved("shop")
    check(len(rows) == 1, f"one slot, {len(rows)} backups")
    check(setting.pid() == pid, "the service was restarted meanwhile")
    setting.json("verify", rows[0]["id"], "--level", "restore")
    log = machine.journal("nightjar.service", before) + machine.run("systemctl", "status", "nightjar", expect=None).stdout
    check(setting.secret not in log, "the secret stands in the journal")
    setting.nothing_left()
    after = machine.cursor()
    setting.install()
    machine.wait_for("the upgrade to restart the service", lambda: setting.pid() not in (0, pid))
    machine.wait_for("the service", lambda: machine.show("nightjar", "ActiveState") == "active")
    machine.run("systemctl", "stop", "nightjar")
    check(machine.show("nightjar", "Result") == "success", machine.journal("nightjar.service", after))


def reload(setting):
    """a good configuration is taken over; a bad one is reported with its lines and the old one stays"""
    machine = setting.machine
    setting.install()
    setting.application()
    store = setting.disk()
    first = {"shop": ("/srv/shop/shop.db", NEVER)}
    setting.configure(store, first)
    pid = setting.start()

    def knows(name):
        return name in machine.run("nightjar", "status", "--json", expect=None).stdout

    check(knows("shop") and not knows("second"), "the status does not show the configuration")
    place = machine.cursor()
    setting.configure(store, {**first, "second": ("/srv/shop/shop.db", next_slot(15))})
    machine.run("systemctl", "reload", "nightjar")
    machine.wait_for("the new configuration", lambda: knows("second"))
    machine.wait_for_journal(r"reload|configuration", place)
    good = (machine.root / CONFIG.lstrip("/")).read_text()
    machine.put(CONFIG, good + "  third:\n    sqlit: /srv/shop/shop.db\n", mode=0o640, owner="root:nightjar")
    line = good.count("\n") + 2
    place = machine.cursor()
    machine.run("systemctl", "reload", "nightjar")
    machine.wait_for_journal(rf"nightjar\.yaml:{line}:\d+.*sqlit", place)
    loud = machine.run("journalctl", "-q", "--no-pager", "-u", "nightjar", "-p", "warning", f"--after-cursor={place}").stdout
    check(f"nightjar.yaml:{line}:" in loud,
          f"the complaint has no priority of a warning:\n{machine.journal('nightjar', place)}")
    machine.wait_for("the service to be active again", lambda: machine.show("nightjar", "ActiveState") == "active")
    check(setting.pid() == pid, "a bad configuration restarted the service")
    machine.put(CONFIG, good, mode=0o640, owner="root:nightjar")
    # Its schedule is known to the daemon alone: the file was not read again.
    setting.wait_proved("second")
    # A start with a bad one fails at once, and is not tried again and again.
    machine.put(CONFIG, "databases: [\n", mode=0o640, owner="root:nightjar")
    machine.run("systemctl", "restart", "nightjar", expect=1)
    check(machine.show("nightjar", "ActiveState") == "failed", "a start with a bad configuration did not fail")
    check(machine.show("nightjar", "ExecMainStatus") == "78", "it did not end with 78")


def secret(setting):
    """a secret that is changed in its file is told at a reload and by check, and used after a restart"""
    machine = setting.machine
    setting.install()
    setting.application()
    setting.configure(setting.s3(), {"shop": ("/srv/shop/shop.db", NEVER)})
    setting.start()
    copy = "/run/credentials/nightjar.service/secrets_s3-secret"

    def used():
        return machine.shell(f"cat {copy}").stdout.strip()

    check(used() == setting.secret, "the service does not have the secret")
    place = machine.cursor()
    changed = secrets.token_hex(20)
    machine.put("/etc/nightjar/secrets/s3-secret", changed + "\n", mode=0o600)
    machine.run("systemctl", "reload", "nightjar")
    machine.wait_for_journal(r"secret .*s3-secret.* changed .*systemctl restart nightjar", place)
    check(used() == setting.secret, "systemd passes the new secret without a restart")
    said = machine.run("nightjar", "check").stdout
    check("systemctl restart nightjar" in said, f"check says nothing of it:\n{said}")
    log = machine.journal("nightjar.service", place)
    check(setting.secret not in log + said and changed not in log + said, "a secret was printed")
    machine.run("systemctl", "restart", "nightjar")
    check(used() == changed, "the restarted service has the old secret")
    said = machine.run("nightjar", "check").stdout
    check("systemctl restart nightjar" not in said, f"check speaks of a restart after it:\n{said}")


def interrupted(setting, store, interrupt):
    """A scheduled backup is interrupted in the middle of its export, gone on with, and is the only one of its slot.

    `interrupt` gives the place in the journal after which the service says that it does so.
    """
    machine = setting.machine
    setting.install()
    setting.application("big", megabytes=24)
    setting.configure(store(setting), {"big": ("/srv/big/big.db", next_slot(10))}, SLOW)
    setting.start()
    progress = setting.wait_exporting(6 << 20)
    check(setting.backups("big") == [], "the backup was there before its end")
    place = interrupt()
    machine.wait_for_journal(r"gone on with", place, limit=60)
    rows = setting.wait_proved("big", 300)
    fields = machine.run("journalctl", "-q", "-u", "nightjar", "-o", "json", f"--after-cursor={place}").stdout
    resumed = [int(row["NIGHTJAR_RESUMED_AT"]) for row in map(json.loads, fields.splitlines())
               if "NIGHTJAR_RESUMED_AT" in row]
    check(len(resumed) == 1 and resumed[0] >= 4 << 20, f"it did not go on from a checkpoint: {resumed}")
    check(len(rows) == 1, f"one slot, {len(rows)} backups: {[row['id'] for row in rows]}")
    begun = re.findall(r"dump_\d{8}-\d{6}", json.dumps(progress))
    check(not begun or rows[0]["id"] in begun, f"it began as {begun} and ended as {rows[0]['id']}")
    report = setting.json("verify", rows[0]["id"], "--level", "restore")["reports"][0]
    check(report["outcome"] == "proved", f"verified afterwards: {report}")
    setting.nothing_left()
    machine.run("systemctl", "stop", "nightjar")
    check(machine.show("nightjar", "Result") == "success", "the service did not stop well")


def kill(setting):
    """SIGKILL in the middle of an export: systemd restarts the service, the backup is gone on with and proved"""
    machine = setting.machine

    def interrupt():
        pid, place = setting.pid(), machine.cursor()
        machine.shell(f"kill -KILL {pid}")
        machine.wait_for("systemd to restart the service", lambda: setting.pid() not in (0, pid))
        machine.wait_for("the service", lambda: machine.show("nightjar", "ActiveState") == "active")
        check(machine.show("nightjar", "NRestarts") == "1", "systemd did not count one restart")
        return place

    interrupted(setting, Setting.disk, interrupt)


def stop(setting):
    """stopped in the middle of an upload to S3, in time, and started again: the backup is gone on with"""
    machine = setting.machine

    def interrupt():
        started = time.monotonic()
        machine.run("systemctl", "stop", "nightjar")
        seconds = time.monotonic() - started
        check(machine.show("nightjar", "Result") == "success", "the stop was no success")
        check(seconds < 60, f"the stop took {seconds:.0f} s")
        check(setting.backups("big") == [], "a stopped run left a backup")
        place = machine.cursor()
        machine.run("systemctl", "start", "nightjar")
        return place

    interrupted(setting, Setting.s3, interrupt)


def watchdog(setting):
    """a daemon that makes no progress is ended by the watchdog and started again"""
    machine = setting.machine
    setting.install()
    setting.application()
    setting.configure(setting.disk(), {"shop": ("/srv/shop/shop.db", NEVER)})
    setting.drop_in("watchdog", "WatchdogSec=4s", "TimeoutAbortSec=10s")
    place = machine.cursor()
    pid = setting.start()
    # It is fed while all is well: three times the limit without a strike.
    calm = time.monotonic() + 12
    machine.wait_for("twelve calm seconds", lambda: time.monotonic() > calm)
    check(setting.pid() == pid and machine.show("nightjar", "NRestarts") == "0", "the watchdog struck a healthy service")
    machine.shell(f"kill -STOP {pid}")
    machine.wait_for_journal(r"watchdog timeout", place)
    machine.wait_for_journal(r"failed with result 'watchdog'", place)
    machine.wait_for("systemd to restart the service", lambda: setting.pid() not in (0, pid))
    machine.wait_for("the service", lambda: machine.show("nightjar", "ActiveState") == "active")
    check(machine.show("nightjar", "NRestarts") == "1", "systemd did not count one restart")
    result = setting.json("backup", "shop")["results"][0]
    check(result["state"] == "proved", f"a backup afterwards: {result}")


def two_users(setting):
    """an application's WAL database, closed, open, killed and restarted around backups, is always writable to it"""
    machine = setting.machine
    setting.install()
    setting.application()
    setting.configure(setting.disk(), {"shop": ("/srv/shop/shop.db", NEVER)})
    setting.start()

    def rows():
        return int(setting.write("shop", "SELECT count(*) FROM items;"))

    def writable(when):
        before = rows()
        setting.write("shop", "INSERT INTO items(note) VALUES ('more'); PRAGMA wal_checkpoint;")
        check(rows() == before + 1, f"{when}: the application's row is not there")
        for line in machine.shell("stat -c '%n %G %A' /srv/shop/shop.db*").stdout.splitlines():
            name, group, mode = line.split()
            check(group == "shop" and mode[4:6] == "rw", f"{when}: {name} is {group} {mode}")

    def back_up(when):
        result = setting.json("backup", "shop")["results"][0]
        check(result["state"] == "proved", f"{when}: {result}")
        writable(when)

    def open_application():
        """A process of the application that has written and keeps the database open."""
        before = rows()
        machine.run("systemd-run", "-q", "--unit=shop", "--collect", "-p", "User=shop", "-p", "UMask=0007", "sh", "-c",
                    "(echo \"INSERT INTO items(note) VALUES ('open');\"; exec sleep infinity) | sqlite3 /srv/shop/shop.db")
        machine.wait_for("the application to be open", lambda: rows() == before + 1)
        check((machine.root / "srv/shop/shop.db-wal").exists(), "an open application has a WAL")

    def close_application(signal):
        machine.run("systemctl", "kill", f"--signal={signal}", "shop.service")
        machine.wait_for("the application to end",
                         lambda: machine.show("shop.service", "ActiveState") in ("inactive", "failed"))

    back_up("closed")
    open_application()
    back_up("open")
    back_up("open, again")
    close_application("TERM")
    back_up("closed after having been open")
    open_application()
    close_application("KILL")
    back_up("killed, its WAL left behind")
    # Opened, restarted and closed while a backup reads.
    setting.configure(f"  store: {{type: directory, path: {DISK}}}\n", {"shop": ("/srv/shop/shop.db", NEVER)},
                      "  breathing: {work: 10ms, pause: 1s}\n  chunk_rows: 10\n")
    setting.write("shop", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 20000) "
                          "INSERT INTO items(note) SELECT hex(randomblob(200)) FROM n;")
    machine.run("systemctl", "reload", "nightjar")
    machine.wait_for("the service", lambda: machine.show("nightjar", "ActiveState") == "active")
    for number in range(3):
        backup = f"backup-{number}"
        machine.run("systemd-run", "-q", f"--unit={backup}", "--property=RemainAfterExit=yes", "nightjar", "backup", "shop")
        open_application()
        writable("open while a backup runs")
        close_application("TERM")
        writable("closed while a backup runs")
        machine.wait_for("the backup", lambda: machine.show(backup, "SubState") in ("exited", "failed"), 120)
        check(machine.show(backup, "Result") == "success", machine.journal(f"{backup}.service"))
        machine.run("systemctl", "stop", backup)
        writable("after a backup with the application coming and going")
    # And once the service has gone, nothing of it is in the way.
    machine.run("systemctl", "stop", "nightjar")
    writable("the service stopped")
    check(setting.write("shop", "PRAGMA journal_mode; PRAGMA integrity_check;").split() == ["wal", "ok"],
          "the application's database is not what it was")


def http(setting):
    """the page answers with the generated token, the control socket to root and the group, nightjar.socket in a restart"""
    machine = setting.machine
    setting.install()
    setting.application()
    setting.configure(setting.disk(), {"shop": ("/srv/shop/shop.db", NEVER)})
    machine.run("useradd", "--groups", "nightjar", "keeper")
    machine.run("useradd", "stranger")
    place = machine.cursor()
    pid = setting.start()

    # Without a token in the configuration one is made, for its owner alone; its place is told, and it is not.
    machine.wait_for_journal(r"/var/lib/nightjar/token", place)
    facts = machine.run("stat", "-c", "%U:%G %a %F", "/var/lib/nightjar/token").stdout.strip()
    check(facts == "nightjar:nightjar 600 regular file", f"the token's file is {facts}")
    token = (machine.root / "var/lib/nightjar/token").read_text().strip()
    check(len(token) >= 16, "the token is short")
    machine.wait_for("the port", lambda: answer(machine, "/healthz")[0] == 200)
    check(answer(machine, "/")[0] == 401, "the page is there for everybody")
    status, text = answer(machine, "/", token)
    check(status == 200 and "shop" in text and "<html" in text, f"the page is {status}:\n{text}")
    listeners = machine.shell("cat /proc/net/tcp /proc/net/tcp6").stdout
    check(re.findall(rf"(\w+):{PORT:04X} \w+:0000 0A ", listeners) == ["0100007F"], f"it listens elsewhere:\n{listeners}")

    # The control socket: the daemon does what root and the group ask for; nobody else gets in.
    facts = machine.run("stat", "-c", "%U:%G %a %F", CONTROL).stdout.strip()
    check(facts == "nightjar:nightjar 660 socket", f"the control socket is {facts}")
    for user in (None, "keeper"):
        report = json.loads(machine.run("nightjar", "status", "--json", user=user, expect=(0, 75)).stdout)
        check([row["name"] for row in report["databases"]] == ["shop"], f"status as {user or 'root'}: {report}")
        result = json.loads(machine.run("nightjar", "backup", "shop", "--json", user=user).stdout)["results"][0]
        check(result["state"] == "proved", f"a backup as {user or 'root'}: {result}")
        last = machine.run("sqlite3", "-readonly", "/var/lib/nightjar/catalog.db",
                           "SELECT pid, backup FROM runs ORDER BY id DESC LIMIT 1").stdout.strip()
        check(last == f"{pid}|{result['id']}", f"a backup as {user or 'root'} was not the daemon's: {last}, it is {pid}")
    check(not machine.succeeds("cat", "/var/lib/nightjar/catalog.db", user="keeper"), "the group reads the catalog itself")
    check(not machine.succeeds("nightjar", "backup", "shop", user="stranger"), "anybody can ask for a backup")
    log = machine.journal("nightjar.service", place)
    check(token not in log, "the token stands in the journal")

    # A stop takes the socket away, and the command line works by itself; the token stays the same.
    machine.run("systemctl", "stop", "nightjar")
    check(not (machine.root / CONTROL.lstrip("/")).exists(), "a stopped daemon left its socket")
    check(setting.json("status")["databases"][0]["name"] == "shop", "no status without the daemon")

    # With nightjar.socket, systemd holds the port: a request starts the service, and none is refused while it restarts.
    machine.run("systemctl", "enable", "-q", "--now", "nightjar.socket")
    check(machine.show("nightjar", "ActiveState") == "inactive", "the socket alone started the service")
    check(answer(machine, "/healthz")[0] == 200, "the service was not started by a request")
    check(machine.show("nightjar", "ActiveState") == "active", "the service was not started by a request")
    check(answer(machine, "/", token)[0] == 200, "the token is another one after a restart")
    held, pid = listener(machine), setting.pid()
    machine.put("/root/ask", f"""
        for i in $(seq 100); do
            if exec 3<>/dev/tcp/127.0.0.1/{PORT}; then
                printf 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
                head -n 1 <&3 | cut -d ' ' -f 2 | grep . || echo lost
                exec 3>&-
            else
                echo refused
            fi
            sleep 0.1
        done >/root/asked 2>/dev/null
    """)
    machine.run("systemd-run", "-q", "--unit=asker", "--property=RemainAfterExit=yes", "bash", "/root/ask")
    machine.run("systemctl", "restart", "nightjar")
    machine.wait_for("the asker", lambda: machine.show("asker", "SubState") in ("exited", "failed"), 120)
    check(setting.pid() not in (0, pid), "the service was not restarted")
    asked = (machine.root / "root/asked").read_text().split()
    # What the old process had accepted and not read yet when it ended may be lost; a connection is never refused.
    check(len(asked) == 100 and asked.count("200") >= 99 and "refused" not in asked, f"answers in a restart: {asked}")
    check(listener(machine) == held, "another socket listens after the restart")
    check(setting.json("backup", "shop")["results"][0]["state"] == "proved", "no backup afterwards")
    machine.run("systemctl", "stop", "nightjar.socket", "nightjar.service")
    check(machine.show("nightjar", "Result") == "success", "the service did not stop well")


def answer(machine, path, token=None):
    """Status and text of a request to the page, asked in the machine by bash alone."""
    script = 'exec 3<>"/dev/tcp/127.0.0.1/$0"; printf "GET %s HTTP/1.1\\r\\nHost: 127.0.0.1:$0\\r\\n" "$1" >&3;' \
             'printf "%sConnection: close\\r\\nAccept: text/html\\r\\n\\r\\n" "$2" >&3; timeout 30 cat <&3'
    login = f"Authorization: Bearer {token}\r\n" if token else ""
    text = machine.run("bash", "-c", script, str(PORT), path, login, expect=None).stdout
    status = re.match(r"HTTP/1\.1 (\d+) ", text)
    return int(status[1]) if status else 0, text


def listener(machine):
    """The inode of the socket that listens on the page's port."""
    table = machine.shell("cat /proc/net/tcp").stdout
    return next((line.split()[9] for line in table.splitlines() if f":{PORT:04X} " in line and " 0A " in line), None)


SCENARIOS = {"package": package, "readme": readme, "schedule": schedule, "reload": reload, "secret": secret, "kill": kill,
             "stop": stop, "watchdog": watchdog, "two-users": two_users, "http": http}
NEEDS_S3 = {"readme", "schedule", "secret", "stop"}
