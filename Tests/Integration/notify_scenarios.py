"""What the test of notifications tries. Each scenario has receivers, databases and a daemon of its own."""

import base64
import contextlib
import email
import email.policy
import email.utils
import json
import re
import secrets
import shutil
import sqlite3
import time
import urllib.parse
import uuid
from pathlib import Path

from harness import Failed, check, say, wait_for
from notify_receivers import (
    CLOSE, CUT, LATE, SILENT, Answer, Authority, MailServer, NameServer, Receiver, add_address, use_names)
from web_site import SLOW, Site, free_port, need, timestamp

TABLES = "CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT); INSERT INTO notes(text) VALUES ('one'), ('two'), ('three');"
ID = re.compile(r"msg_\d+_[0-9a-f]{8}")
# An address that the guard takes for one of the Internet; here it is loopback's.
PUBLIC = "45.79.1.1"
# Of each channel and state.
BOUND = 1000
MEMORY_GROWTH = 8 << 20  # bytes


def make_secret():
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


SECRET = make_secret()


def hook(receiver, name, events=("backup.completed",), secret=SECRET, **others):
    """A webhook that leads to a path of its own; the receiver verifies what comes with each of the secrets."""
    receiver.secrets[f"/{name}"] = [secret] if isinstance(secret, str) else secret
    return {"webhook": f"{receiver.url}/{name}", "name": name, "secret": secret, "events": events, "allow_private": True,
            **others}


def channel(site, name):
    """What the API says of a channel."""
    return next(one for one in site.get("/api/v1/notifications")["channels"] if one["name"] == name)


def rows(site, name, state=None):
    """A channel's messages in the outbox, in order."""
    return [row for row in site.catalog("SELECT * FROM deliveries WHERE channel = ? ORDER BY id", name)
            if state in (None, row["state"])]


def count(site, name, state):
    return site.catalog("SELECT count(*) AS n FROM deliveries WHERE channel = ? AND state = ?", name, state)[0]["n"]


def tell_rows(site, name):
    return lambda: "\n".join(f"{row['id']} {row['subject']} {row['state']} {row['attempts']}: {row['last_error']}"
                             for row in rows(site, name)[-10:]) + f"\n{site.tail()}"


# Receivers that misbehave -------------------------------------------------------------------------------------------------


def later(seconds):
    """503 with the date on which to come again."""
    answer = Answer(503)
    answer.before = lambda: answer.headers.update(
        {"Retry-After": email.utils.formatdate(time.time() + seconds, usegmt=True)})
    return answer


def check_retried(name, calls, pause):
    """The first message came twice, the others once, and after it."""
    shown = ", ".join(f"{call.id} at {call.at - calls[0].at:.1f} s" for call in calls)
    first, second = calls[:2]
    check(first.id == second.id, f"{name}: the second attempt has another id: {shown}")
    check(first.body == second.body or not first.body, f"{name}: the second attempt says something else")
    check(second.at - first.at >= pause, f"{name}: tried again before {pause} s were over: {shown}")
    check(int(second.headers["webhook-timestamp"]) > int(first.headers["webhook-timestamp"]),
          f"{name}: the second attempt has the first one's time")
    numbers = [call.number for call in calls[1:]]
    check(numbers == sorted(set(numbers)), f"{name}: out of order: {shown}")


def receivers(world):
    """answers of 500, 404, 429, 503, 301 and 410, too late ones, none at all: ids stay, signatures verify, order holds"""
    receiver, forbidden = Receiver(), Receiver()
    # curl itself asks again where a connection ends that it has used before: these have one that is new.
    alone = {"closing": Receiver(), "cut": Receiver()}
    # The first answer, and after how many seconds the second attempt may come at the earliest (times are whole seconds).
    troubles = {
        "error": (500, 4), "missing": (404, 4), "limited": (Answer(429, {"Retry-After": "9"}), 8), "away": (later(9), 7),
        "redirecting": (Answer(301, {"Location": f"{forbidden.url}/elsewhere"}), 4), "silent": (SILENT, 19), "late": (LATE, 19),
        "closing": (CLOSE, 4), "cut": (CUT, 4)}
    for name, (answer, _) in {**troubles, "gone": (410, 0), "moved": (410, 0)}.items():
        alone.get(name, receiver).answers[f"/{name}"] = [answer]
    # A signature of each key, while a receiver may know the one or the other.
    rotated = [make_secret(), make_secret()]
    names = ["steady", *troubles, "gone", "moved"]
    site = world.site("receivers", notify=[
        *(hook(alone.get(name, receiver), name) for name in names), hook(receiver, "rotated", secret=rotated),
        hook(receiver, "other", databases=["another*"])], hidden=[SECRET, *rotated])
    site.create("shop", TABLES)
    with site:
        runs = [site.back_up("shop") for _ in range(3)]
        steady = receiver.wait("/steady", 3, tell=site.tail)
        receiver.wait("/rotated", 3, tell=site.tail)
        for name in troubles:
            alone.get(name, receiver).wait(f"/{name}", 4, 60, tell=tell_rows(site, name))
        check(steady[2].at < receiver.of("/silent")[1].at, "who does not answer has held up the others")
        for name, (_, pause) in troubles.items():
            wait_for(f"the end of {name}", lambda: count(site, name, "delivered") == 3, tell=tell_rows(site, name))
            calls = alone.get(name, receiver).of(f"/{name}")
            check(len(calls) == 4, f"{name} was called {len(calls)} times")
            check_retried(name, calls, pause)
            check([row["attempts"] for row in rows(site, name)] == [2, 1, 1], f"{name}: {rows(site, name)}")
        check(not forbidden.connections, "a redirect was followed")
        say(f"   {len(troubles)} kinds of trouble end with the second attempt, with the same id; the next ones had waited")
        bodies(steady, runs, site)
        gone(site, receiver)
        check(not receiver.of("/other"), "a channel was told of another database")
    everyone = [receiver, *alone.values()]
    check(not any(one.faults for one in everyone), "\n".join(fault for one in everyone for fault in one.faults))
    say(f"   {sum(len(one.calls) for one in everyone)} calls, all of them well signed (says the package standardwebhooks)")


def bodies(calls, runs, site):
    """What programs are told."""
    check(len({call.id for call in calls}) == 3 and all(ID.fullmatch(call.id) for call in calls), f"ids: {calls}")
    check(len({call.id.split("_")[2] for call in calls}) == 1, "the appliance has several names")
    for call, run in zip(calls, runs):
        told, data = call.json, call.json["data"]
        check(set(told) == {"type", "timestamp", "data"} and told["type"] == "backup.completed", f"told: {told}")
        check(abs(timestamp(told["timestamp"]).timestamp() - run["finished_at"]) <= 2, f"the event is of {told['timestamp']}")
        check((data["database"], data["run"], data["backup"]) == ("shop", run["id"], run["backup"]), f"told: {data}")
        check(data["title"] and data["text"] and data["host"] and "verified" in data["safety"], f"told: {data}")
        check(len(call.body) < 20_000 and str(site.folder) not in call.body.decode(), "it tells too much")
        check(call.headers["content-type"].startswith("application/json"), f"it is {call.headers['content-type']}")
        check("authorization" not in call.headers and "nightjar" in call.headers["user-agent"], f"its head is {call.headers}")


def gone(site, receiver):
    """410 ends a channel until somebody wants it back: by hand, or with another address."""
    for name in ("gone", "moved"):
        told = channel(site, name)
        check(told.get("restingSince") and "410" in told["restingReason"], f"{name} does not rest: {told}")
        check((told["dead"], told["pending"], told.get("nextTry")) == (1, 2, None), f"{name}: {told}")
        check(len(receiver.of(f"/{name}")) == 1, f"{name} was called again")
    check("gone rests" in site.run("notify", "list").stdout, "`notify list` does not say who rests")
    page = site.ask("GET", "/notifications", "reader").expect(200).text
    check("gone" in page and "410" in page and f"{receiver.url}/gone" not in page, "the page does not tell it, or too much")
    dead = json.loads(site.run("notify", "list", "--dead", "--json").stdout)["dead"]
    check({one["channel"] for one in dead} == {"gone", "moved"} and len(dead) == 2, f"given up: {dead}")
    first = {one["channel"]: one for one in dead}
    check("410" in first["gone"]["lastError"] and first["gone"]["kind"] == "backup.completed", f"given up: {dead}")

    site.ask("POST", "/api/v1/channels/gone/wake", "reader").expect(403)
    site.ask("POST", "/api/v1/channels/nobody/wake").expect(404)
    site.ask("POST", "/api/v1/channels/gone/wake").expect(200)
    receiver.wait("/gone", 3, tell=tell_rows(site, "gone"))
    check(channel(site, "gone").get("restingSince") is None, "gone rests still")
    site.ask("POST", f"/api/v1/notifications/{first['gone']['id']}/retry", "reader").expect(403)
    site.ask("POST", f"/api/v1/notifications/{first['gone']['id']}/retry").expect(200, 202)
    calls = receiver.wait("/gone", 4, tell=tell_rows(site, "gone"))
    check(calls[3].id == calls[0].id and calls[3].body == calls[0].body, "tried again by hand, it is another message")
    check(len({call.id for call in calls}) == 3, f"gone: {calls}")

    moved = next(one for one in site.notify if one["name"] == "moved")
    moved["webhook"] = f"{receiver.url}/moved-there"
    receiver.secrets["/moved-there"] = [SECRET]
    site.reload()
    receiver.wait("/moved-there", 2, tell=tell_rows(site, "moved"))
    check(len(receiver.of("/moved")) == 1, "the old address was called again")
    site.ask("DELETE", f"/api/v1/notifications/{first['moved']['id']}").expect(200, 204)
    site.ask("GET", f"/api/v1/notifications/{first['moved']['id']}").expect(404)
    check(json.loads(site.run("notify", "list", "--dead", "--json").stdout)["dead"] == [], "there is more that was given up")
    check(len(receiver.of("/moved-there")) == 2, "a message was sent that somebody has dropped")
    say("   410 ends a channel; it wakes by hand or with another address, and what was given up is tried again, or forgotten")


# Services -----------------------------------------------------------------------------------------------------------------


def services(world):
    """healthchecks, Slack, Discord and ntfy get what they understand; a digest gathers the good news"""
    receiver = Receiver()
    key, token = secrets.token_hex(8), secrets.token_hex(12)
    common = {"events": "all", "allow_private": True}
    site = world.site("services", http={"public_url": "https://backups.example.org"}, hidden=[key, token], notify=[
        {"healthchecks": f"{receiver.url}/ping/{key}/{{database}}?create=1", "allow_private": True},
        {"slack": f"{receiver.url}/slack/{key}", **common}, {"discord": f"{receiver.url}/discord/{key}", **common},
        {"ntfy": f"{receiver.url}/{key}", "token": token, **common},
        hook(receiver, "daily", events="all", digest="* * * * *", databases=["Shop.eu", "broken"])])
    site.create("Shop.eu", TABLES)
    site.broken("broken")
    with site:
        site.back_up("Shop.eu")
        site.ask("POST", "/api/v1/databases/broken/backup").expect(202)
        site.wait_ended("broken", states=("failed",))
        pings(receiver, f"/ping/{key}/shop-eu", "", "Shop.eu")
        pings(receiver, f"/ping/{key}/broken", "/fail", "broken")
        say("   healthchecks hears of start and end with the same rid, one check a database")

        def told(path, words):
            return wait_for(f"{words!r} at {path}", lambda: next(
                (call for call in receiver.of(path) if words in call.body.decode() + call.headers.get("title", "")), None))

        failed = told(f"/slack/{key}", "broken: backup failed").json
        check(failed["blocks"] and "https://backups.example.org/runs/" in failed["text"],
              f"Slack is told {failed}")
        failed = told(f"/discord/{key}", "broken: backup failed").json
        check(failed["allowed_mentions"] == {"parse": []} and failed["embeds"], f"Discord is told {failed}")
        failed = told(f"/{key}", "broken: backup failed")
        check(failed.headers["authorization"] == f"Bearer {token}" and int(failed.headers["priority"]) > 3
              and failed.headers["click"].startswith("https://backups.example.org/runs/"), f"ntfy is told {failed.headers}")
        check("There is no backup at all." in failed.body.decode(), f"ntfy is told {failed.body.decode()}")
        digest(site, receiver)
    check(not receiver.faults, "\n".join(receiver.faults))


def pings(receiver, path, end, name):
    """A run's start and its end, tied by their rid."""
    begun, ended = receiver.wait(f"{path}/start", 1)[0], receiver.wait(f"{path}{end}", 1)[0]
    queries = [urllib.parse.parse_qs(call.query) for call in (begun, ended)]
    check(all(query.get("create") == ["1"] for query in queries), f"the URL's own query is lost: {begun}, {ended}")
    keys = {str(uuid.UUID(query["rid"][0])) for query in queries}
    check(len(keys) == 1 and begun.at <= ended.at, f"{begun} and {ended} do not belong together")
    check(0 < len(ended.body) <= 10_000 and name in ended.body.decode(), f"its body is {ended.body}")


def digest(site, receiver):
    """Problems at once, the rest in one message a minute."""
    wait_for("what failed", lambda: any(call.json["type"] == "backup.failed" for call in receiver.of("/daily")))

    def gathered():
        return next((call.json["data"] for call in receiver.of("/daily") if call.json["type"] == "digest" and any(
            one["type"] == "backup.completed" for one in call.json["data"]["digest"]["events"])), None)

    told = wait_for("a digest", gathered, 150, tell=tell_rows(site, "daily"))
    check(told["digest"]["count"] == len(told["digest"]["events"]) + told["digest"]["leftOut"], f"it counts wrong: {told}")
    check(any("broken" in line for line in told["digest"]["standing"]), f"it says nothing of what fails: {told}")
    kinds = {call.json["type"] for call in receiver.of("/daily")}
    check(kinds == {"digest", "backup.failed"}, f"messages of their own are {kinds}")
    check(channel(site, "daily")["digest"], "the API does not know of the digest")
    say(f"   a digest told of {told['digest']['count']} events: {told['text']}")


# Kills --------------------------------------------------------------------------------------------------------------------


def kills(world):
    """SIGKILL between event and delivery, and during delivery: nothing is lost, and what comes twice has the same id"""
    receiver = Receiver()
    site = world.site("kills", notify=[hook(receiver, "hook", events="all")])
    site.create("shop", TABLES)
    site.broken("broken")
    site.generate("slow", 2, breathing=SLOW)
    receiver.always["/hook"] = SILENT
    with site:
        # One is on its way, the others were never tried.
        receiver.wait("/hook", 1)
        site.back_up("shop")
        site.ask("POST", "/api/v1/databases/slow/backup").expect(202)
        wait_for("the slow run", lambda: site.catalog("SELECT 1 FROM runs WHERE database = 'slow' AND state = 'running'"))
        site.kill()
        held = len(receiver.of("/hook"))
        check(len({call.id for call in receiver.of("/hook")}) == 1 and count(site, "hook", "delivered") == 0,
              "something was delivered")
        waiting = [row["id"] for row in rows(site, "hook", "pending")]
        check(len(waiting) > 3, f"only {len(waiting)} messages wait")
        del receiver.always["/hook"]
        site.start()
        drained(site)
        sent, calls = receiver.of("/hook")[0], receiver.of("/hook")[held:]
        check(sent.id == calls[0].id and sent.body == calls[0].body, "what was on its way comes with another id")
        check([call.number for call in calls[:len(waiting)]] == waiting, "what waited does not come in its order")
        started = [call.json["data"]["text"] for call in calls if call.json["type"] == "appliance.started"]
        check(len(started) == 2 and "slow" in started[1] and started[0] != started[1],
              f"the start after the crash says: {started}")
        say(f"   {len(waiting)} messages that waited came after a kill; the start says: {started[1]}")
        for moment in ("before", "after") * 3:
            during(site, receiver, moment)
        say("   killed by the receiver, before and after its answer: each message came with its own id")
        at_random(site, world.random)
        drained(site)
        complete(site, receiver)
    check(not receiver.faults, "\n".join(receiver.faults))


def drained(site, name="hook", limit=60):
    wait_for("the outbox to be empty", lambda: count(site, name, "pending") == 0, limit, tell=tell_rows(site, name))


def during(site, receiver, moment):
    """The receiver itself kills the daemon, before its answer to a message or right after it."""
    before = len(receiver.of("/hook"))
    receiver.answers["/hook"] = [Answer(**{moment: site.kill})]
    # It may be killed before it has answered this one.
    with contextlib.suppress(Failed):
        site.ask("POST", "/api/v1/databases/shop/backup")
    wait_for("the daemon to be killed", lambda: site.process.poll() is not None, tell=site.tail)
    site.start()
    drained(site)
    calls = receiver.of("/hook")[before:]
    if moment == "before":
        check(calls[0].id == calls[1].id and calls[0].body == calls[1].body, f"it comes twice, with the ids {calls[:2]}")


def at_random(site, chance):
    """Wherever it happens to be: in a run, in a transaction, between two messages."""
    for _ in range(8):
        for name in ("shop", "broken"):
            site.ask("POST", f"/api/v1/databases/{name}/backup").expect(202, 409)
        time.sleep(chance.uniform(0, 1))
        site.kill()
        site.start()


def complete(site, receiver):
    """Each event has one message, and each message has come, under one id, in the order of the events."""
    site.ask("POST", "/api/v1/databases/shop/backup").expect(202, 409)
    site.wait_ended("shop")
    found = {}

    def told_of():
        found["messages"] = {row["id"]: json.loads(row["body"])["event"] for row in rows(site, "hook", "delivered")}
        found["told"] = [found["messages"][number] for number in sorted(found["messages"])]
        found["events"] = [row["id"] for row in site.catalog(
            "SELECT id FROM events WHERE kind <> 'backup.started' ORDER BY id")]
        return found["told"] == found["events"]

    wait_for("each event to be told of once, in order", told_of, tell=lambda: f"{found}\n{site.tail()}")
    messages, events = found["messages"], found["events"]
    firsts, calls = {}, receiver.of("/hook")
    for call in calls:
        first = firsts.setdefault(call.id, call)
        check(first.body == call.body, f"two messages have the id {call.id}")
    numbers = [call.number for call in firsts.values()]
    check(numbers == sorted(messages), f"came: {numbers}, in the outbox: {sorted(messages)}")
    check(len({id.split("_")[2] for id in firsts}) == 1, "the appliance has several names")
    say(f"   after 15 kills: {len(events)} events, {len(firsts)} messages, {len(calls) - len(firsts)} of them came twice")


# Mail ---------------------------------------------------------------------------------------------------------------------


def mail(world):
    """mail over STARTTLS and over TLS, with a wrong password, a server without TLS, and a certificate of somebody else's"""
    need("openssl")
    authority, stranger = Authority(world.work / "authority"), Authority(world.work / "stranger")
    user, password, wrong = "nightjar@example.org", secrets.token_urlsafe(18), secrets.token_urlsafe(18)
    context = authority.context("127.0.0.1")
    with contextlib.ExitStack() as stack:
        def server(*arguments):
            return stack.enter_context(MailServer(*arguments))

        def sent(name, scheme, to, secret=password, **others):
            login = {"user": user, "password": secret}
            return {"name": name, "events": ["backup.*"], "ca_file": str(authority.file), **others, "email": {
                "server": f"{scheme}://127.0.0.1:{to.port}", **login, "from": "Nightjar <backups@example.org>",
                "to": ["ops@example.org", "Zoë <zoe@example.org>"]}}

        starttls, tls = server("starttls", context, user, password), server("tls", context, user, password)
        guarded, plain = server("starttls", context, user, password), server("none")
        forged = server("starttls", stranger.context("127.0.0.1"), user, password)
        busy = server("starttls", context, user, password)
        busy.refusals = ["451 4.7.1 Greylisted: come again"]
        site = world.site("mail", hidden=[password, wrong], notify=[
            sent("starttls", "smtp", starttls), sent("tls", "smtps", tls), sent("wrong", "smtp", guarded, wrong),
            sent("plain", "smtp", plain), sent("forged", "smtp", forged), sent("busy", "smtp", busy)])
        site.create("shop", TABLES)
        with site:
            site.back_up("shop")
            for one, name in ((starttls, "starttls"), (tls, "tls"), (busy, "busy")):
                wait_for(f"a mail over {name}", lambda: one.mails, tell=tell_rows(site, name))
                check_mail(one.mails[0], user, one)
                check([right for _, right in one.logins] == [True] * (2 if one is busy else 1), f"{name}: {one.logins}")
            wait_for("the mails to be taken down", lambda: count(site, "busy", "delivered") == 1)
            check(rows(site, "busy")[0]["attempts"] == 2, f"attempts: {rows(site, 'busy')}")
            say("   STARTTLS, TLS from the first byte, and a server that wanted it to come again")
            for name, words in (("wrong", "535"), ("plain", "TLS"), ("forged", "certificate")):
                row = wait_for(f"the attempt at {name}", lambda: next(
                    (row for row in rows(site, name) if row["attempts"]), None), tell=site.tail)
                check(row["state"] == "pending" and words.lower() in row["last_error"].lower(), f"{name}: {row}")
                check(wrong not in row["last_error"] and password not in row["last_error"], f"{name} tells the password")
                done = site.run("notify", "test", name, expect=69)
                check(words.lower() in (done.stdout + done.stderr).lower(), f"`notify test` says {done.stdout}{done.stderr}")
                check(wrong not in done.stdout + done.stderr, "`notify test` tells the password")
            check(guarded.logins and not any(right for _, right in guarded.logins), f"logins: {guarded.logins}")
            check(not guarded.mails and not plain.mails and not forged.mails, "a mail was sent where it should not")
            check(not forged.logins, "the password went to somebody whom nobody vouches for")
            site.run("notify", "test", "starttls")
            check(len(starttls.mails) == 2, "the sample did not come")
            # Nothing but the password was wrong.
            mended = next(one for one in site.notify if one["name"] == "wrong")
            mended["email"]["password"] = password
            site.reload()
            site.run("notify", "test", "wrong")
            check(guarded.mails, "with the right password it is not taken either")
        say("   a wrong password, a server without TLS, and one with another's certificate are told of and tried again")


def check_mail(taken, user, server):
    sender, recipients, content, encrypted = taken
    check(encrypted, "it came in the clear")
    check(sender == "backups@example.org" and recipients == ["ops@example.org", "zoe@example.org"], f"{sender}: {recipients}")
    message = email.message_from_bytes(content, policy=email.policy.default)
    check("shop: backup completed" in message["Subject"], f"its subject is {message['Subject']}")
    check(message["From"].addresses[0].display_name == "Nightjar" and len(message["To"].addresses) == 2, str(message["To"]))
    check(message["To"].addresses[1].display_name == "Zoë", f"it goes to {message['To']}")
    check(ID.match(message["Message-ID"].strip("<>")) and message["Date"].datetime, "it has no id or no date")
    check(message["Auto-Submitted"] == "auto-generated", "it may be answered by machines")
    check(message.get_content_type() == "multipart/alternative", f"it is {message.get_content_type()}")
    text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    for part in (text, html):
        check("This backup is verified." in part and "shop" in part, f"it says {part}")
    check("<script" not in html and "src=" not in html and "url(" not in html, "it loads something")
    check(all(len(line) <= 998 for line in content.splitlines()), "a line is too long")


# The guard ----------------------------------------------------------------------------------------------------------------

PRIVATE_NAMES = {
    "both": [[PUBLIC, "127.0.0.1"]], "inside": [["127.0.0.1"]], "metadata": [["169.254.169.254"]],
    "mapped": [["::ffff:127.0.0.1"]], "six": [[PUBLIC, "::1"]], "translated": [["64:ff9b::7f00:1"]],
    "lan": [["10.1.2.3"]]}
PRIVATE_HOSTS = ["2130706433", "0x7f000001", "0177.0.0.1", "017700000001", "127.1", "127.0.0.1", "0.0.0.0", "[::1]",
                 "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[fe80::1]", "169.254.169.254", "localhost",
                 "localhost.", "10.0.0.1", "[fd00::1]", "127.0.0.1.", "①②⑦.⓪.⓪.①"]


def guard(world):
    """DNS rebinding, numbers in other spellings, and names with a private address do not get past the guard"""
    need("openssl")
    add_address(PUBLIC)
    use_names(world.work)
    names = {"plain": [[PUBLIC]], "rebinding": [[PUBLIC], ["127.0.0.1"]], **PRIVATE_NAMES}
    NameServer({f"{name}.example.test": lookups for name, lookups in names.items()})
    authority = Authority(world.work / "names-authority")
    context = authority.context("*.example.test", "127.0.0.1")
    outside = Receiver(PUBLIC, context=context)
    # Where the private names lead to: nobody may as much as connect.
    inside = Receiver("127.0.0.1", outside.port, context)
    site = world.site("guard", notify=[
        {**hook(outside, name), "webhook": f"https://{name}.example.test:{outside.port}/{name}", "allow_private": False,
         "ca_file": str(authority.file)} for name in names])
    site.create("shop", TABLES)
    with site:
        # The name leads to another place right after the first look: only a pinned address stays.
        site.run("notify", "test", "rebinding")
        check(len(outside.of("/rebinding")) == 1, "the sample went elsewhere")
        said = site.run("notify", "test", "rebinding", expect=69)
        check("127.0.0.1" in said.stdout + said.stderr, f"it says {said.stdout}{said.stderr}")
        site.run("notify", "test", "plain")
        for name in PRIVATE_NAMES:
            said = site.run("notify", "test", name, expect=69)
            check("public Internet" in said.stdout + said.stderr, f"{name}: {said.stdout}{said.stderr}")
        # Not through the outbox either, and the reason is there to be read.
        site.back_up("shop")
        outside.wait("/plain", 2)
        for name in PRIVATE_NAMES:
            row = wait_for(f"the attempt at {name}", lambda: next(
                (row for row in rows(site, name) if row["attempts"]), None), tell=tell_rows(site, name))
            check(row["state"] == "pending" and "public Internet" in row["last_error"], f"{name}: {row}")
        callbacks(site, outside.port)
        check(not inside.connections, f"somebody connected to 127.0.0.1: {inside.calls}")
        called = {call.path for call in outside.calls}
        check(called == {"/plain", "/rebinding"}, f"called: {called}")
    say(f"   {len(names) - 1} names with private addresses are refused; a name that changed is called where it first led")
    literals(world, site, inside)
    check(not outside.faults, "\n".join(outside.faults))


def callbacks(site, port):
    """Callbacks have the same guard."""
    for name in ("both", "inside", "mapped", "six"):
        asked = site.ask("POST", "/export/dump", "exporter", {
            "database": "shop", "callbackUrl": f"https://{name}.example.test:{port}/callback"}).expect(202, 422, 429)
        if asked.status == 202:
            id = asked.json["progressKey"]
            row = wait_for(f"the callback to {name}", lambda: next(
                (row for row in rows(site, "callback") if row["subject"] == id and row["attempts"]), None), tell=site.tail)
            check(row["state"] != "delivered" and "public Internet" in row["last_error"], f"{name}: {row}")


def literals(world, site, inside):
    """Spellings of private addresses: refused by the configuration, or when they are called."""
    for host in PRIVATE_HOSTS:
        other = Site(world.options.nightjar, world.work / "literals")
        other.port, other.databases = free_port(), site.databases
        other.notify = [{**hook(inside, "literal"), "webhook": f"https://{host}:{inside.port}/literal", "allow_private": False}]
        other.configure()
        said = other.run("notify", "test", "literal", expect=(78, 69))
        check(SECRET not in said.stdout + said.stderr, f"{host}: the secret is told")
    check(not inside.connections, f"somebody connected to 127.0.0.1: {inside.calls}")
    say(f"   {len(PRIVATE_HOSTS)} spellings of private hosts are refused")


# Many events --------------------------------------------------------------------------------------------------------------


CROWD = ["database.added", "database.removed", "backup.completed"]


def resident(site, figure="VmRSS"):
    status = Path(f"/proc/{site.process.pid}/status").read_text()
    return int(re.search(rf"{figure}:\s+(\d+)", status)[1]) << 10


def crowd(world):
    """10,000 events with a dead channel: memory stays, the outbox is bounded, the other channel hears of all at once"""
    receiver = Receiver()
    receiver.always["/dead"] = SILENT
    site = world.site("crowd", notify=[hook(receiver, name, CROWD) for name in ("dead", "alive")])
    site.create("tiny", TABLES)
    # Databases that come and go with a reload, half of them a time, are the quickest real events: two each.
    batch = min(500, max(10, world.options.events // 20))
    comers = {f"d{number:03}": site.folder / f"d{number:03}.db" for number in range(batch)}
    for file in comers.values():
        shutil.copy(site.source("tiny"), file)
    memory, tiny = [], dict(site.databases)
    with site:
        rounds = max(5, world.options.events // (2 * batch))
        for number in range(rounds):
            for databases in ({**tiny, **{name: {"sqlite": file} for name, file in comers.items()}}, tiny):
                site.databases = dict(databases)
                site.reload(120)
                heard(site, receiver)
            # A backup has its time, whoever hangs.
            site.back_up("tiny", limit=30)
            heard(site, receiver)
            bounded(site)
            memory.append(resident(site))
        events = happened(site)
        check(events >= 2 * batch * rounds, f"there were only {events} events")
        grown = max(memory[-3:]) - max(memory[:3])
        shown = " ".join(f"{size / (1 << 20):.1f}" for size in memory)
        check(grown < MEMORY_GROWTH, f"memory grew by {grown / (1 << 20):.1f} MiB: {shown}")
        check_alive(receiver.of("/alive"), events)
        told = channel(site, "dead")
        check(told["pending"] == min(events, BOUND) and told["dead"] <= BOUND, f"the dead channel is {told}")
        if events > BOUND:
            check("too many" in rows(site, "dead", "dead")[-1]["last_error"], f"given up: {rows(site, 'dead', 'dead')[-1]}")
        say(f"   {events} events; {count(site, 'dead', 'pending')} wait for the dead channel, {count(site, 'dead', 'dead')} "
            f"were given up; memory by the round in MiB: {shown}, at most {resident(site, 'VmHWM') / (1 << 20):.1f}")
        overflowing(site, receiver, world.options.events, max(memory[:3]))
    check(not receiver.faults, "\n".join(receiver.faults[:3]))


def heard(site, receiver):
    """All of its messages have reached the living channel."""
    def all_there():
        return len(receiver.of("/alive")) >= happened(site)

    wait_for("the living channel to hear of all", all_there, 120, pause=0.2, tell=tell_rows(site, "alive"))


def happened(site):
    return site.catalog(f"SELECT count(*) AS n FROM events WHERE kind IN ({', '.join('?' * len(CROWD))})", *CROWD)[0]["n"]


def bounded(site):
    for name in ("dead", "alive"):
        for state in ("pending", "dead", "delivered"):
            found = count(site, name, state)
            check(found <= BOUND, f"{found} messages of {name} are {state}")
    check(count(site, "alive", "dead") == 0, "a message to the living channel was given up")


def check_alive(calls, events):
    numbers = [call.number for call in calls]
    check(numbers == sorted(set(numbers)), "the living channel was told out of order, or twice")
    check(len(numbers) == events, f"the living channel was told of {len(numbers)} events of {events}")


def overflowing(site, receiver, messages, memory):
    """An outbox that is too full already, as one that nobody has bounded, is cut when the daemon starts."""
    site.stop()
    with contextlib.closing(sqlite3.connect(site.state / "catalog.db")) as database, database:
        columns = ", ".join(row[1] for row in database.execute("PRAGMA table_info(deliveries)") if row[1] != "id")
        database.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) INSERT INTO deliveries ({columns}) "
            f"SELECT {columns} FROM (SELECT {columns} FROM deliveries WHERE channel = 'dead' AND state = 'pending' LIMIT 1), n",
            [messages])
    before = len(receiver.of("/alive"))
    site.start()
    check(site.catalog("SELECT count(*) AS n FROM deliveries")[0]["n"] > 0, "the outbox is empty")
    site.back_up("tiny", limit=30)
    receiver.wait("/alive", before + 1, tell=tell_rows(site, "alive"))
    wait_for("the outbox to be cut", lambda: count(site, "dead", "pending") <= BOUND, tell=site.tail)
    bounded(site)
    grown = resident(site) - memory
    check(grown < MEMORY_GROWTH, f"with a full outbox memory is {grown / (1 << 20):.1f} MiB more")
    say(f"   {messages} more that were there at the start are cut; memory differs by {grown / (1 << 20):.1f} MiB")


# Commands -----------------------------------------------------------------------------------------------------------------


def commands(world):
    """`notify test`, `list`, `retry` and `drop`, beside the daemon and without it; a backup from cron tells its channels"""
    receiver = Receiver()
    receiver.always["/failing"] = 500
    receiver.answers["/leaving"] = [410]
    site = world.site("commands", notify=[hook(receiver, name) for name in ("steady", "failing", "leaving")])
    site.create("shop", TABLES)
    site.port = free_port()
    site.configure()
    said = site.run("check").stdout
    check("steady" in said and "webhook" in said and "127.0.0.1" in said and f"{receiver.url}/steady" not in said,
          f"`check` says {said}")
    # Without a daemon: who makes backups from cron hears of them before the command ends.
    site.run("backup", "shop")
    check(len(receiver.of("/steady")) == 1 and len(receiver.of("/leaving")) == 1, "nobody was told of the backup")
    check(count(site, "failing", "pending") == 1 and count(site, "leaving", "dead") == 1, "the outbox is wrong")
    tried(site, receiver, 1)
    told = json.loads(site.run("notify", "list", "--json").stdout)
    check([one["name"] for one in told["channels"]] == ["steady", "failing", "leaving"], f"listed: {told}")
    check(len(told["waiting"]) == 1 and "500" in told["waiting"][0]["lastError"] and len(told["dead"]) == 1, f"listed: {told}")
    with site:
        tried(site, receiver, 2)
        listed = site.run("notify", "list").stdout
        check(all(name in listed for name in ("steady", "failing", "leaving")), f"listed: {listed}")
        dead = told["dead"][0]["id"]
        site.run("notify", "retry", dead + 1000, expect=66)
        site.run("notify", "retry", "nobody", expect=66)
        site.run("notify", "retry", expect=64)
        calls = len(receiver.of("/leaving"))
        check("1" in site.run("notify", "retry", "leaving").stdout, "nothing was tried again")
        again = receiver.wait("/leaving", calls + 1, tell=tell_rows(site, "leaving"))
        check(again[-1].id == again[0].id, "tried again, it is another message")
        receiver.answers["/leaving"] = [410]
        site.back_up("shop")
        one = wait_for("what leaving gives up", lambda: rows(site, "leaving", "dead"), tell=site.tail)[0]["id"]
        site.run("notify", "drop", one)
        check(not rows(site, "leaving", "dead"), "it is not forgotten")
        site.run("notify", "drop", one, expect=66)
        site.run("notify", "retry", "--all")
        check(channel(site, "leaving").get("restingSince") is None, "it rests still")
    say("   both ways say and do the same")


def tried(site, receiver, times):
    """Samples: not through the outbox, and once only."""
    before = site.catalog("SELECT count(*) AS n FROM deliveries")[0]["n"]
    site.run("notify", "test", "steady")
    samples = [call for call in receiver.of("/steady") if call.json["type"] == "notify.test"]
    check(len(samples) == times and len({call.id for call in samples}) == times, f"samples: {samples}")
    said = site.run("notify", "test", "failing", expect=69)
    check("500" in said.stdout + said.stderr, f"`notify test` says {said.stdout}{said.stderr}")
    site.run("notify", "test", "nobody", expect=66)
    check(site.catalog("SELECT count(*) AS n FROM deliveries")[0]["n"] == before, "a sample went through the outbox")


SCENARIOS = {one.__name__: one for one in (receivers, services, commands, kills, mail, crowd, guard)}
