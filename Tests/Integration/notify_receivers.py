"""Those whom `nightjar serve` tells of events in these tests: receivers of HTTP that misbehave as they are told, mail servers,
a server of names, and the authority that they have their certificates from.
"""

import contextlib
import ctypes
import fcntl
import json
import logging
import os
import socket
import ssl
import struct
import subprocess
import threading
import time
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from harness import check, wait_for
from web_site import free_port

# What a receiver may do in place of an answer: nothing at all, an answer after the appliance's patience of 20 s, to hang up
# when all was read, or before.
SILENT, LATE, CLOSE, CUT = "silent", "late", "close", "cut"


# HTTP ---------------------------------------------------------------------------------------------------------------------


class Answer:
    """`after` is called when the answer is on its way, `before` when it is not yet."""

    def __init__(self, status=200, headers=None, before=None, after=None):
        self.status, self.headers, self.before, self.after = status, headers or {}, before, after


class Call:
    """A request: `at` in seconds of a clock that is never set, `answer` as the receiver was told to give it."""

    def __init__(self, method, target, headers, body, answer):
        self.method, self.target, self.body, self.answer = method, target, body, answer
        self.path, _, self.query = target.partition("?")
        self.headers = {name.lower(): value for name, value in headers}
        self.at = time.monotonic()

    @property
    def id(self):
        return self.headers.get("webhook-id", "")

    @property
    def number(self):
        """Of the message in the outbox."""
        return int(self.id.split("_")[1])

    @property
    def json(self):
        return json.loads(self.body)

    def __str__(self):
        return f"{self.method} {self.target} {self.id}"


class Receiver(ThreadingHTTPServer):
    """Keeps all calls. `answers` says how it answers to the first of a path, the second one and so on, `always` how to all
    others; what is in neither is answered with 200. Signatures are verified where `secrets` has the path's."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address="127.0.0.1", port=0, context=None):
        super().__init__((address, port), Handler)
        self.address, self.port = self.server_address[:2]
        self.url = f"{'https' if context else 'http'}://{address}:{self.port}"
        if context:
            # The handshake is the business of each connection's thread.
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.calls, self.faults, self.connections = [], [], 0
        self.answers, self.always, self.secrets = {}, {}, {}
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def get_request(self):
        self.connections += 1
        return super().get_request()

    def handle_error(self, request, client_address):
        """Who hangs up, or does not like a certificate, is no trouble here."""

    def take(self, method, target, headers, body):
        with self.lock:
            path = target.partition("?")[0]
            rest = self.answers.get(path)
            answer = rest.pop(0) if rest else self.always.get(path, 200)
            call = Call(method, target, headers, body, Answer(answer) if isinstance(answer, int) else answer)
            self.calls.append(call)
        # Of what was cut off there is no body.
        for secret in self.secrets.get(path, ()) if answer != CUT else ():
            self.verify(call, secret)
        return call

    def verify(self, call, secret):
        """With an implementation that is not ours."""
        from standardwebhooks import Webhook

        try:
            Webhook(secret).verify(call.body, call.headers)
        except Exception as error:
            self.faults.append(f"{call}: {type(error).__name__}: {error}")

    def of(self, path):
        with self.lock:
            return [call for call in self.calls if call.path == path]

    def wait(self, path, count, limit=30, tell=None):
        """The calls of a path, when there are so many."""
        def there():
            calls = self.of(path)
            return calls if len(calls) >= count else None

        def told():
            return f"there are {len(self.of(path))}" + (f"\n{tell()}" if tell else "")

        return wait_for(f"{count} calls of {path}", there, limit, tell=told)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Heads and bodies in one piece: nobody waits for acknowledgements.
    disable_nagle_algorithm = True

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        if self.server.always.get(self.path) == CUT or (self.server.answers.get(self.path) or [None])[0] == CUT:
            # Closed with data that nobody has read, a connection is reset.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.server.take(self.command, self.path, self.headers.items(), b"")
            self.close_connection = True
            return
        call = self.server.take(self.command, self.path, self.headers.items(), self.rfile.read(length))
        answer = call.answer
        if answer in (SILENT, LATE):
            # Until the other side has had enough of it: it sends nothing more, and closes.
            with contextlib.suppress(OSError):
                self.connection.recv(1)
        if answer in (SILENT, CLOSE):
            self.close_connection = True
            return
        if answer == LATE:
            answer = Answer()
        if answer.before:
            answer.before()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()
        if answer.after:
            answer.after()

    do_GET = do_HEAD = do_PUT = do_POST

    def log_message(self, *_):
        pass


# Certificates -------------------------------------------------------------------------------------------------------------


class Authority:
    """Gives certificates to the servers of a test; `file` is what clients trust."""

    def __init__(self, folder):
        folder.mkdir()
        self.folder = folder
        self.file = folder / "authority.pem"
        self.openssl("authority", "/CN=Nightjar's test authority", "keyUsage=critical,keyCertSign")

    def openssl(self, name, subject, *extensions, by=()):
        words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                 "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", subject, *by]
        for extension in extensions:
            words += ["-addext", extension]
        done = subprocess.run(words, cwd=self.folder, capture_output=True, text=True)
        check(done.returncode == 0, f"openssl ended with {done.returncode}: {done.stderr}")

    def context(self, *names):
        """For a server that is called so; names that begin with a digit are addresses."""
        others = ",".join(f"{'IP' if name[0].isdigit() else 'DNS'}:{name}" for name in names)
        self.openssl("server", f"/CN={names[0]}", f"subjectAltName={others}", "basicConstraints=critical,CA:FALSE",
                     by=("-CA", self.file.name, "-CAkey", "authority.key"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "server.pem", self.folder / "server.key")
        return context


# Mail ---------------------------------------------------------------------------------------------------------------------


class MailServer:
    """aiosmtpd on a port of its own: `encryption` is starttls, tls or none; who has no TLS is not asked for a password.

    `mails` are what it took: sender, recipients, content, and whether it came encrypted; `logins` who tried to log in, and
    whether that was right; `refusals` are answers to mails, before it takes any.
    """

    def __init__(self, encryption, context=None, user=None, password=None):
        from aiosmtpd.controller import Controller

        # It tells each time that a password is asked for on a port of TLS, which it does not take for TLS.
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        warnings.filterwarnings("ignore", module="aiosmtpd")
        self.user, self.password = user, password
        self.mails, self.logins, self.refusals = [], [], []
        self.port = free_port()
        options = {"authenticator": self.log_in, "auth_required": bool(user)} if user else {}
        if encryption == "starttls":
            options |= {"tls_context": context, "require_starttls": True}
        elif encryption == "tls":
            options |= {"ssl_context": context, "auth_require_tls": False}
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=20, **options)
        self.controller.start()

    def log_in(self, server, session, envelope, mechanism, data):
        from aiosmtpd.smtp import AuthResult

        right = (data.login, data.password) == (self.user.encode(), self.password.encode())
        self.logins.append((data.login.decode(), right))
        return AuthResult(success=right, handled=False, auth_data=data)

    async def handle_DATA(self, server, session, envelope):
        if self.refusals:
            return self.refusals.pop(0)
        encrypted = server.transport.get_extra_info("sslcontext") is not None
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.content, encrypted))
        return "250 OK"

    async def handle_exception(self, error):
        # Who hangs up in the middle is no trouble here.
        return "451 " + type(error).__name__

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.controller.stop()


# Names --------------------------------------------------------------------------------------------------------------------


class NameServer:
    """Answers for `names`: each has a list of lookups, and each lookup is a list of addresses. The last one stays.

    A program that asks for both kinds of addresses at once has made one lookup.
    """

    A, AAAA = 1, 28

    def __init__(self, names):
        self.names = {name: list(lookups) for name, lookups in names.items()}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        asked = {}
        while True:
            query, client = self.socket.recvfrom(4096)
            name, end = self.name(query)
            kind = struct.unpack(">H", query[end:end + 2])[0]
            kinds = asked.setdefault(name, set())
            if kind in kinds:
                # The second question for the same kind begins the next lookup.
                kinds.clear()
                if len(self.names.get(name, [])) > 1:
                    self.names[name].pop(0)
            kinds.add(kind)
            self.socket.sendto(self.answer(query, end, name, kind), client)

    def name(self, query):
        labels, place = [], 12
        while length := query[place]:
            labels.append(query[place + 1:place + 1 + length].decode())
            place += 1 + length
        return ".".join(labels).lower(), place + 1

    def answer(self, query, end, name, kind):
        family = {self.A: socket.AF_INET, self.AAAA: socket.AF_INET6}.get(kind)
        known = self.names.get(name)
        found = [one for one in known[0] if (":" in one) == (kind == self.AAAA)] if known and family else []
        records = b""
        for one in found:
            data = socket.inet_pton(family, one)
            # The name is the question's; nobody may keep the answer.
            records += struct.pack(">HHHIH", 0xC00C, kind, 1, 0, len(data)) + data
        # A name that is not known does not exist (3).
        head = query[:2] + struct.pack(">HHHHH", 0x8580 | (0 if known else 3), 1, len(found), 0, 0)
        return head + query[12:end + 4] + records


def use_names(work):
    """Has this process, and those that it starts, ask 127.0.0.1 alone for names; call it in a namespace of its own."""
    CLONE_NEWNS, MS_BIND, MS_REC, MS_PRIVATE = 0x00020000, 0x1000, 0x4000, 0x40000
    libc = ctypes.CDLL(None, use_errno=True)

    def need(result):
        check(result == 0, f"no files of its own: {os.strerror(ctypes.get_errno())} (run it as root)")

    need(libc.unshare(CLONE_NEWNS))
    need(libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None))
    for name, text in (("resolv.conf", "nameserver 127.0.0.1\noptions timeout:2 attempts:2\n"),
                       ("nsswitch.conf", "hosts: files dns\n"), ("hosts", "127.0.0.1 localhost\n")):
        file = work / name
        file.write_text(text)
        if Path("/etc", name).exists():
            need(libc.mount(bytes(file), f"/etc/{name}".encode(), None, MS_BIND, None))


def add_address(address):
    """One more address of this network namespace's loopback."""
    SIOCSIFADDR, SIOCSIFNETMASK = 0x8916, 0x891C
    with socket.socket() as one:
        for request, value in ((SIOCSIFADDR, address), (SIOCSIFNETMASK, "255.255.255.255")):
            fcntl.ioctl(one, request, struct.pack("16sH2s4s8x", b"lo:1", socket.AF_INET, b"", socket.inet_aton(value)))
