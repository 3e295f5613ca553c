"""What the scenarios of notifications share: channels in the configuration, and looks into the outbox."""

import base64
import re
import secrets

TABLES = "CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT); INSERT INTO notes(text) VALUES ('one'), ('two'), ('three');"
# Of a message, as receivers see it.
ID = re.compile(r"msg_\d+_[0-9a-f]{8}")


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
