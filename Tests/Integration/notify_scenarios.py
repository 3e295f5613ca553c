"""Scenarios of notifications in which all goes on: what receivers are told, and what they may answer."""

import email.utils
import json
import secrets
import time
import urllib.parse
import uuid

from harness import check, say, wait_for
from notify_receivers import CLOSE, CUT, LATE, SILENT, Answer, Receiver
from notify_site import ID, SECRET, TABLES, channel, count, hook, make_secret, rows, tell_rows
from web_site import free_port, timestamp


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
