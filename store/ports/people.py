"""Users, and the devices they are signed in on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.identity import User
from schemas.preferences import Preferences, PreferencesChange
from store.ports.paging import Page

DELETED = "deleted"
"""What is shown in the place of an erased user's name."""
PROFILE = ("name", "lastname", "email", "phone_number")
"""What a user may change of himself."""


class Users(Protocol):
    """An account that was erased is found by nothing here; what conversations show of it is a member called DELETED.
    Nor is who sits in an ephemeral chat."""

    async def create(self, user: User, password_hash: str) -> None:
        """Raises Taken when the username (folded) is another's. Instants are kept to the millisecond."""

    async def get(self, ids: Iterable[str]) -> Mapping[str, User]:
        """Those of them that exist."""

    async def credentials(self, username: str) -> tuple[User, str] | None:
        """The user of that name (folded) and his password hash."""

    async def replace_password_hash(self, user: str, old: str, new: str) -> bool:
        """Put `new` in the place of `old`. False: it is another by now, or there is no such user."""

    async def change_profile(self, user: str, change: Mapping[str, str | None]) -> User | None:
        """Set these of PROFILE, None removing one, and return all of it; what is not named stays. None when there is no
        such user. Raises Conflict when others went on changing the same names meanwhile."""

    async def erase(self, user: str, password_hash: str) -> bool:
        """In one step: take away all that is known of him (name, profile, picture, preferences, presence; his password
        and his topic for ever), free his username, and note that the rest has still to be erased. False: the hash is
        another by now, or there is no such user."""

    async def erasing(self, limit: int) -> Sequence[str]:
        """Users of whom, since `erase`, the rest has still to be erased."""

    async def erased(self, user: str) -> None:
        """The rest is erased too."""

    async def preferences(self, ids: Iterable[str]) -> Mapping[str, Preferences]:
        """What each of those that exist wants: the defaults where he said nothing."""

    async def change_preferences(self, user: str, change: PreferencesChange) -> Preferences | None:
        """All he wants afterwards; what the change leaves out stays. None when there is no such user."""

    async def set_picture(self, user: str, media: str | None) -> None:
        """Show this picture, or none; of a user who does not exist there is none to show."""

    async def list(self, query: str | None, cursor: str | None, limit: int) -> Page[User]:
        """Users in order of their folded usernames, or those of them whose folded username, name or lastname begins
        with `query` (folded too)."""

    async def active(self, cursor: str | None, limit: int) -> Page[User]:
        """Users who are online, in order of their folded usernames."""


@dataclass(frozen=True, slots=True)
class Login:
    """One sign-in on one device: the family of its refresh tokens, of which only the newest may be used."""

    id: str
    user: str
    device: str | None
    token_hash: str
    created_at: datetime
    expires_at: datetime


class Logins(Protocol):
    async def create(self, login: Login) -> None: ...

    async def rotate(self, old_hash: str, new_hash: str, now: datetime, expires_at: datetime) -> Login | None:
        """Exchange a refresh token for its successor. None when it is unknown, expired or revoked; a token that was
        exchanged before is a stolen one (RFC 9700 section 4.14.2): its whole family is revoked, and None returned.
        Repeating the latest exchange, with the same successor, answers it again."""

    async def revoke(self, token_hash: str) -> str | None:
        """End the login this token belongs to; returns the login's id, None for a token never known or expired."""

    async def of(self, user: str) -> Sequence[Login]:
        """His logins that have not ended or expired, newest first."""

    async def end(self, user: str, logins: Iterable[str]) -> frozenset[str]:
        """End those of them that are his, for ever; returns them, those that had ended before included."""

    async def ended(self, logins: Iterable[str]) -> frozenset[str]:
        """Those of them that were ended within the last two days, longer than any access token lives; read at majority:
        one ended before this call began is seen."""
