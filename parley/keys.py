"""The key that signs access tokens: given as a setting, or made once and kept."""

import os
import secrets
from pathlib import Path

from parley.settings import Settings


def token_secret(settings: Settings) -> str:
    """The secret from the settings, else from var/secrets/token_secret, made there (mode 0600) when it is missing.

    Every process of one installation gets the same, also when several start at once. Raises OSError when it can be
    neither read nor made.
    """
    if settings.token_secret is not None:
        return settings.token_secret.get_secret_value()
    return load_or_make(settings.var / "secrets" / "token_secret")


def load_or_make(path: Path) -> str:
    """The file's content; where there is none, 256 random bits, written whole or not at all: the first writer wins."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        try:
            _write_private(draft, secrets.token_urlsafe(32))
            _publish(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    return path.read_text(encoding="ascii").strip()


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _publish(draft: Path, path: Path) -> None:
    """Give the draft its name unless somebody was faster: a link, unlike a rename, replaces nothing."""
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
