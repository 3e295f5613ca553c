"""Who writes to a double, and who else asks it something, each in threads of their own."""

import contextlib
import http.client
import random
import sqlite3
import threading
import time

from harness import Failed, check
from remote_double import BESIDE

# Who writes ---------------------------------------------------------------------------------------------------------------


class Writer:
    """So many transactions a second, one after the other, to tables of Benchmarks/generate; each is in `log`.

    `log` has for each transaction what became of which rows: table, key, and the row or None where there is none any more.
    """

    def __init__(self, double, rate, seed):
        # Its transactions come one after the other: on a long way there could not be many in a second.
        self.client, self.rate, self.random = double.client(BESIDE), rate, random.Random(seed)
        self.log, self.failure, self.late = [], None, 0.0
        with contextlib.closing(sqlite3.connect(double.file)) as database:
            self.original = database.execute("SELECT max(id) FROM orders").fetchone()[0]
            self.readings = [row for way in ("ASC", "DESC") for row in database.execute(
                f"SELECT * FROM readings ORDER BY device {way}, at {way} LIMIT 200")]
        self.orders = {}
        self.newest = self.original
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, kind, *_):
        self.ended.set()
        self.thread.join(60)
        self.client.close()
        if kind is None:
            check(self.failure is None, f"the writer failed: {self.failure}")

    def run(self):
        due = time.monotonic()
        try:
            while not self.ended.wait(max(0, due - time.monotonic())):
                self.write(len(self.log) + 1)
                self.late = max(self.late, time.monotonic() - due)
                due += 1 / self.rate
        except (Failed, OSError, http.client.HTTPException, ValueError) as error:
            self.failure = error

    @staticmethod
    def order(key, number, status):
        return (key, 1 + number % 100, status, number / 4, 1 + number % 9, number, 1_600_000_000 + number, f"number {number}")

    def write(self, number):
        dice = self.random.random()
        if dice < 0.5:
            self.newest += 1
            row = self.order(self.newest, number, "open")
            self.client.query(f"INSERT INTO orders VALUES ({', '.join('?' * len(row))})", *row)
            self.orders[row[0]] = row
            self.log.append([("orders", row[:1], row), ("sqlite_sequence", ("orders",), ("orders", self.newest))])
        elif dice < 0.6 and self.orders:
            key = self.random.choice(list(self.orders))
            del self.orders[key]
            self.client.query("DELETE FROM orders WHERE id = ?", key)
            self.log.append([("orders", (key,), None)])
        elif dice < 0.8:
            # An old row becomes another as a whole: what it was need not be known.
            key = self.random.randint(1, self.original)
            row = self.order(key, number, "changed")
            self.client.query("REPLACE INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?)", *row)
            self.log.append([("orders", (key,), row)])
        elif dice < 0.95:
            row = (*self.random.choice(self.readings)[:3], number + 0.5)
            self.client.query("UPDATE readings SET value = ? WHERE device = ? AND at = ? AND channel = ?", row[3], *row[:3])
            self.log.append([("readings", row[:3], row)])
        else:
            self.client.query("UPDATE settings SET value = ? WHERE key = 'made_by'", f"writer {number}")
            self.log.append([("settings", ("made_by",), ("made_by", f"writer {number}"))])


# Who asks -----------------------------------------------------------------------------------------------------------------


class Others:
    """What else a service is asked, at random moments: rows by their keys, pages of rows, now and then a report."""

    KINDS = ((0.80, "lookup", "SELECT * FROM customers WHERE id = ?"),
             (0.97, "page", "SELECT * FROM orders WHERE id > ? ORDER BY id LIMIT 50"),
             (1.00, "report", "SELECT status, count(*), sum(total) FROM orders WHERE id BETWEEN ?1 AND ?1 + 20000 GROUP BY 1"))

    def __init__(self, double, rate, rows, seed, connections=24):
        self.double, self.rate, self.rows, self.seed, self.connections = double, rate, rows, seed, connections
        # Moment at which it was due, milliseconds from then on, kind.
        self.answers, self.failures = [], []
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=[number], daemon=True) for number in range(connections)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, kind, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join(60)
        if kind is None:
            check(not self.failures, f"other requests failed: {self.failures[:3]}")

    def run(self, number):
        chance, client = random.Random(self.seed + number), self.double.client()
        try:
            # Who has to wait for one answer asks the next thing late: that counts, or a long wait would hide others.
            due = time.monotonic()
            while True:
                due += chance.expovariate(self.rate / self.connections)
                if self.ended.wait(max(0, due - time.monotonic())):
                    return
                dice = chance.random()
                _, kind, sql = next(one for one in self.KINDS if dice < one[0])
                client.query(sql, chance.randint(1, self.rows))
                self.answers.append((due, (time.monotonic() - due) * 1000, kind))
        except (Failed, OSError, http.client.HTTPException, ValueError) as error:
            self.failures.append(error)
        finally:
            client.close()

    def between(self, *spans, kind=None):
        """Sorted milliseconds of what was due in any of these spans of time."""
        return sorted(took for due, took, what in list(self.answers)
                      if kind in (None, what) and any(first <= due < last for first, last in spans))


def percentile(sorted_values, percent):
    check(sorted_values, "nothing was measured")
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * percent / 100))]
