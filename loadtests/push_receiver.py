"""A push service of our own: TLS under a CA made for the run, and browsers that read what it is sent.

It shares no code with what it receives from: RFC 8291 and RFC 8188 are followed here from the other side.
"""

import asyncio
import base64
import os
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from loadtests.clock import now

HOST = "push.example.org"


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def private_key(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(_bytes(text), "big"), ec.SECP256R1())


@dataclass(frozen=True)
class Browser:
    """Holds the keys of a subscription."""

    private: ec.EllipticCurvePrivateKey
    auth: bytes

    @classmethod
    def new(cls) -> "Browser":
        return cls(ec.generate_private_key(ec.SECP256R1()), os.urandom(16))

    @property
    def p256dh(self) -> str:
        return _text(self._public)

    @property
    def auth_text(self) -> str:
        return _text(self.auth)

    @property
    def _public(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def decrypt(self, body: bytes) -> bytes:
        """Raises ValueError, or InvalidTag, for what was not encrypted for it as the standard says."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, record = body[21 : 21 + length], body[21 + length :]
        if not 18 <= len(record) <= size:
            raise ValueError("not one record of the size that is named")
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        secret = self.private.exchange(ec.ECDH(), point)
        ikm = HKDF(SHA256(), 32, self.auth, b"WebPush: info\0" + self._public + sender).derive(secret)
        key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(ikm)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(ikm)
        padded = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\0")
        if not padded.endswith(b"\x02"):
            raise ValueError("not the last record")
        return padded[:-1]


class Authority:
    """Whose certificates are believed in this run."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority for one run")])
        self._certificate = self._signed(self._name, self._key.public_key(), x509.BasicConstraints(True, None))

    def client(self) -> ssl.SSLContext:
        trust = ssl.create_default_context()
        trust.load_verify_locations(cadata=self._certificate.public_bytes(Encoding.PEM).decode())
        return trust

    def file(self) -> Path:
        """Its certificate, for a process that is to believe it."""
        path = self._directory / "authority.pem"
        path.write_bytes(self._certificate.public_bytes(Encoding.PEM))
        return path

    def server(self, host: str) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        certificate = self._signed(subject, key.public_key(), x509.SubjectAlternativeName([_general(host)]))
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file = self._directory / f"{host}.pem"
        file.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _signed(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, extension: x509.ExtensionType
    ) -> x509.Certificate:
        today = datetime.now(UTC)
        builder = x509.CertificateBuilder(
            issuer_name=self._name,
            subject_name=subject,
            public_key=key,
            serial_number=x509.random_serial_number(),
            not_valid_before=today - timedelta(days=1),
            not_valid_after=today + timedelta(days=1),
        )
        identifier = x509.SubjectKeyIdentifier.from_public_key(key)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        builder = builder.add_extension(identifier, critical=False).add_extension(issuer, critical=False)
        return builder.sign(self._key, SHA256())


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


@dataclass(frozen=True)
class Push:
    """A request that arrived."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float
    """By the clock of the run."""


Reply = Callable[[Push], bytes]
"""All the bytes of the answer."""


def status(code: int, *headers: str, body: bytes = b"") -> bytes:
    lines = [f"HTTP/1.1 {code} Whatever", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass
class PushService:
    """Takes requests, one after the other on each connection, and answers as it is told to."""

    port: int = 0
    pushes: list[Push] = field(default_factory=list)
    reply: Reply = lambda _: status(201)
    connections: int = 0
    seconds: float = 0.0
    """That it takes to answer."""
    silent: bool = False
    """Whether it takes what it is sent, and never answers."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        request, *lines = head.strip().split("\r\n")
        method, path, _ = request.split(" ")
        if method != "POST":
            raise ValueError(f"a push service is not asked to {method}")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        push = Push(path, headers, await reader.readexactly(int(headers["content-length"])), now())
        self.pushes.append(push)
        if self.silent:
            return True
        await asyncio.sleep(self.seconds)
        writer.write(self.reply(push))
        await writer.drain()
        return True


@asynccontextmanager
async def push_service(tls: ssl.SSLContext) -> AsyncIterator[PushService]:
    service = PushService()
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0, ssl=tls)
    service.port = server.sockets[0].getsockname()[1]
    try:
        yield service
    finally:
        server.close()
        await server.wait_closed()
