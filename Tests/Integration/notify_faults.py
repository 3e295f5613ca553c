"""Scenarios of notifications in which the daemon is killed, or has more to tell than anybody takes."""

import contextlib
import json
import shutil
import sqlite3

from harness import Failed, check, say, wait_for
from notify_receivers import SILENT, Answer, Receiver
from notify_site import TABLES, channel, count, hook, rows, tell_rows
from web_site import SLOW

# Messages of each channel and state.
BOUND = 1000
MEMORY_GROWTH = 8 << 20  # bytes


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


def events(site):
    return site.catalog("SELECT coalesce(max(id), 0) AS newest FROM events")[0]["newest"]


def at_random(site, chance):
    """Wherever it happens to be, after so many events: in a run, in a transaction, between two messages."""
    for _ in range(8):
        goal = events(site) + chance.randint(0, 2)
        for name in ("shop", "broken"):
            site.ask("POST", f"/api/v1/databases/{name}/backup").expect(202, 409)
        wait_for(f"event {goal}", lambda: events(site) >= goal, tell=site.tail)
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
    say(f"   after 15 kills: {len(events)} events, {len(firsts)} messages, {len(calls) - len(firsts)} of them came twice")


# Many events --------------------------------------------------------------------------------------------------------------


CROWD = ["database.added", "database.removed", "backup.completed"]


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
            memory.append(site.memory())
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
            f"were given up; memory by the round in MiB: {shown}, at most {site.memory('VmHWM') / (1 << 20):.1f}")
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
    grown = site.memory() - memory
    check(grown < MEMORY_GROWTH, f"with a full outbox memory is {grown / (1 << 20):.1f} MiB more")
    say(f"   {messages} more that were there at the start are cut; memory differs by {grown / (1 << 20):.1f} MiB")
