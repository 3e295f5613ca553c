"""Scenarios of notifications with mail servers, and with names that lead astray."""

import contextlib
import email
import email.policy
import secrets

from harness import check, say, wait_for
from notify_receivers import Authority, MailServer, NameServer, Receiver, add_address, use_names
from notify_site import ID, SECRET, TABLES, count, hook, rows, tell_rows
from web_site import Site, free_port

# An address that the guard takes for one of the Internet; here it is loopback's.
PUBLIC = "45.79.1.1"


# Mail ---------------------------------------------------------------------------------------------------------------------


def mail(world):
    """mail over STARTTLS and over TLS, with a wrong password, a server without TLS, and a certificate of somebody else's"""
    authority, stranger = Authority(world.work / "authority"), Authority(world.work / "stranger")
    user, password, wrong = "nightjar@example.org", secrets.token_urlsafe(18), secrets.token_urlsafe(18)
    context = authority.context("127.0.0.1")
    with contextlib.ExitStack() as stack:
        def server(*arguments):
            return stack.enter_context(MailServer(*arguments))

        def sent(name, scheme, to, secret=password, **others):
            login = {"user": user, "password": secret}
            return {"name": name, "events": ["backup.completed"], "ca_file": str(authority.file), **others, "email": {
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
