"""Users: what is kept of them and which names they may take."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from schemas.messages import UserView

USERNAME = re.compile(r"[\w.@+-]{1,64}")


@dataclass(frozen=True, slots=True)
class User:
    id: str
    username: str
    created_at: datetime
    name: str | None = None
    lastname: str | None = None
    email: str | None = None
    phone_number: str | None = None
    picture: str | None = None
    """The media id of his picture."""

    def view(self) -> UserView:
        """What others may see."""
        return UserView(
            id=self.id,
            username=self.username,
            name=self.name,
            lastname=self.lastname,
            picture=self.picture,
            created_at=self.created_at,
        )


def folded(username: str) -> str:
    """The form in which usernames are unique: without regard to case or Unicode's ways of writing one letter."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).casefold())
