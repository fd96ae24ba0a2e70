"""Looking for secrets in whatever bytes a program leaves behind."""

import base64
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

_BLOCK = 2**18
_EMPTY = bytes(_BLOCK)


def needles(secret: bytes) -> frozenset[bytes]:
    """All the ways in which a secret may stand somewhere: as it is, in hex, and in base64, wherever in it."""
    found = {secret, secret.hex().encode(), secret.hex().upper().encode()}
    for shift in range(3):
        # Of what stands before and after it in the same text, only the outermost characters depend.
        text = base64.b64encode(b"\0" * shift + secret)
        whole = text[-(-shift * 8 // 6) : len(text) - (0 if (shift + len(secret)) % 3 == 0 else 4)]
        found |= {whole, base64.urlsafe_b64encode(base64.b64decode(text))[-(-shift * 8 // 6) :][: len(whole)]}
    assert all(len(one) >= 6 for one in found), "too short to mean anything"
    return frozenset(found)


def files(directories: Iterable[Path]) -> Iterator[Path]:
    for directory in directories:
        yield from (path for path in sorted(directory.rglob("*")) if path.is_file() and not path.is_symlink())


def found_in(blocks: Iterable[bytes], secrets: Mapping[str, frozenset[bytes]]) -> set[str]:
    """Which of the secrets stand in these bytes, cut anywhere."""
    longest = max(len(one) for ways in secrets.values() for one in ways)
    found, before = set[str](), b""
    for block in blocks:
        text = before + block
        found |= {name for name, ways in secrets.items() if name not in found and any(one in text for one in ways)}
        before = text[-longest:] if block else b""
    return found


def found_on_disk(directories: Iterable[Path], secrets: Mapping[str, frozenset[bytes]]) -> dict[str, list[str]]:
    """The files in which each secret stands."""
    found: dict[str, list[str]] = {}
    for path in files(directories):
        for name in found_in(_blocks(path), secrets):
            found.setdefault(name, []).append(str(path))
    return found


def _blocks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                # Most of what Kafka and MongoDB keep is room for later.
                yield b"" if block == _EMPTY else block
    except FileNotFoundError:  # a segment that was removed meanwhile
        return
