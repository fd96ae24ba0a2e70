"""The keys of an installation are made once, for all processes, and for nobody else's eyes."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pydantic import SecretStr

from consumers.notifications import vapid
from parley.keys import token_secret, vapid_key
from parley.settings import Settings


def test_it_is_made_once_and_private(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    first = token_secret(settings)
    assert len(first) >= 43
    assert token_secret(settings) == first
    file = tmp_path / "secrets" / "token_secret"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert list(file.parent.iterdir()) == [file]


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: token_secret(settings), range(64)))) == 1


def test_a_given_one_wins(tmp_path: Path) -> None:
    assert token_secret(Settings(var=tmp_path, token_secret=SecretStr("x" * 32))) == "x" * 32
    assert not list(tmp_path.iterdir())


def test_web_push_has_a_key_of_its_own_that_stays(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    first = vapid_key(settings).public
    assert vapid_key(settings).public == first
    assert (tmp_path / "secrets" / "vapid_private_key").stat().st_mode & 0o777 == 0o600
    given = Settings(var=tmp_path, vapid_private_key=SecretStr(vapid.new_key()))
    assert vapid_key(given).public != first
