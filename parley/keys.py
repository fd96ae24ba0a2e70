"""The keys of an installation: given as settings, or made once and kept."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from consumers.notifications import vapid
from consumers.notifications.vapid import VapidKey
from parley.settings import Settings


def token_secret(settings: Settings) -> str:
    """The secret from the settings, else from var/secrets/token_secret, made there (mode 0600) when it is missing.

    Every process of one installation gets the same, also when several start at once. Raises OSError when it can be
    neither read nor made.
    """
    if settings.token_secret is not None:
        return settings.token_secret.get_secret_value()
    return load_or_make(settings.var / "secrets" / "token_secret", lambda: secrets.token_urlsafe(32))


def vapid_key(settings: Settings) -> VapidKey:
    """The key that signs Web Push, from the settings, else from var/secrets/vapid_private_key, as `token_secret` has
    it. Browsers' subscriptions hold to this key: with another they are worth nothing. Raises OSError."""
    if settings.vapid_private_key is not None:
        private = settings.vapid_private_key.get_secret_value()
    else:
        private = load_or_make(settings.var / "secrets" / "vapid_private_key", vapid.new_key)
    return VapidKey(private, settings.push_contact)


def load_or_make(path: Path, make: Callable[[], str]) -> str:
    """The file's content; where there is none, what is made, written whole or not at all: the first writer wins."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        try:
            _write_private(draft, make())
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
