"""Secrets from Doppler, against one that answers as it is told."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from config.secrets import Doppler, Secret, Wanted
from sources import doppler
from sources.found import Found, SourceError
from tests.unit.sources.fake_doppler import TOKEN, Answer, FakeDoppler, serving

HELD = {"DATABASE_URL": "postgres://canary", "API_TOKEN": "hunter2", "EMPTY": "", "DOPPLER_CONFIG": "prd"}


def wanted(name: str, key: str = "", *, optional: bool = False) -> Wanted:
    return Wanted(name, "doppler", key or name, Secret(optional=optional))


class Waits(list[float]):
    """Notes how long somebody would have waited."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def read(fake: FakeDoppler, *ones: Wanted, waits: Waits | None = None, limit: float = 5) -> Found:
    given = ones or (wanted("DATABASE_URL"),)
    return doppler.read(Doppler(api=fake.api), given, wait=Waits() if waits is None else waits, limit=limit)


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOPPLER_TOKEN", TOKEN)


def test_many_secrets_take_one_request_with_the_token_in_its_header() -> None:
    with serving(Answer(HELD)) as fake:
        found = read(fake, wanted("DATABASE_URL"), wanted("TOKEN_OF_API", "API_TOKEN"))

    assert found == Found({"DATABASE_URL": "postgres://canary", "TOKEN_OF_API": "hunter2"})
    ((path, headers),) = fake.asked
    assert path == "/v3/configs/config/secrets/download?format=json"
    assert headers["Authorization"] == f"Bearer {TOKEN}"


def test_an_empty_secret_is_none_and_a_wrong_name_shows_the_nearest() -> None:
    with serving(Answer(HELD)) as fake:
        found = read(fake, wanted("EMPTY"), wanted("DATABSE_URL"), wanted("MAYBE", optional=True))

    assert found.values == {}
    assert found.missing == (
        "secret EMPTY: not at Doppler, or empty there (source `doppler`); next: doppler secrets set EMPTY",
        "secret DATABSE_URL: not at Doppler, or empty there (source `doppler`); "
        "next: doppler secrets set DATABSE_URL; did you mean 'DATABASE_URL'?",
    )


@pytest.mark.parametrize(
    ("code", "says"),
    [(401, "refuses the token"), (403, "does not let this token read"), (404, "knows no config"), (418, "says no")],
)
def test_a_refusal_is_final_and_told_in_both_sides_words(code: int, says: str) -> None:
    body = {"messages": [f"Invalid Auth token {TOKEN}\nline two"], "success": False}
    with serving(Answer(body, code)) as fake, pytest.raises(SourceError) as refusal:
        read(fake)

    assert len(fake.asked) == 1
    assert f"source `doppler`: {fake.api} {says}" in str(refusal.value)
    assert f"({code})" in str(refusal.value)
    assert "[Invalid Auth token [token] line two]" in str(refusal.value)
    assert TOKEN not in str(refusal.value)


def test_who_is_asked_too_often_gets_the_patience_it_asks_for() -> None:
    waits = Waits()
    soon = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    busy = [Answer({}, 429, {"Retry-After": said}) for said in ("2", soon)]
    with serving(*busy, Answer({}, 429), Answer(HELD)) as fake:
        assert read(fake, waits=waits).values == {"DATABASE_URL": "postgres://canary"}

    assert waits == [2, doppler.LONGEST_WAIT, 2]


def test_who_stays_busy_is_named_after_a_few_tries() -> None:
    waits = Waits()
    with serving(Answer({}, 429, {"Retry-After": "99999999"})) as fake, pytest.raises(SourceError, match="429"):
        read(fake, waits=waits)

    assert len(fake.asked) == doppler.TRIES
    assert waits == [doppler.LONGEST_WAIT] * (doppler.TRIES - 1)


def test_a_server_in_trouble_is_asked_again() -> None:
    with serving(Answer(b"bad gateway", 502), Answer(HELD)) as fake:
        assert read(fake).values

    assert len(fake.asked) == 2


def test_silence_is_an_answer_too() -> None:
    with serving(Answer(silent=True)) as fake, pytest.raises(SourceError, match=r"does not answer within 0\.05 s"):
        read(fake, limit=0.05)


def test_nobody_there_is_told_as_such() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = FakeDoppler([], f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(SourceError, match=r"cannot be reached: .*refused"):
            read(nobody)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<html>Please log in</html>", "not JSON"),
        ([1, 2], "no list of secrets"),
        ({"A": None}, "no list of secrets"),
        (b"\xff\xfe", "not JSON"),
    ],
    ids=str,
)
def test_an_answer_that_is_none_is_told_without_being_repeated(body: object, says: str) -> None:
    with serving(Answer(body)) as fake, pytest.raises(SourceError, match=says) as refusal:
        read(fake)

    assert "log in" not in str(refusal.value)


def test_the_token_goes_nowhere_else() -> None:
    with serving(Answer(HELD)) as elsewhere:
        away = Answer({}, 302, {"Location": f"{elsewhere.api}/stolen"})
        with serving(away) as fake, pytest.raises(SourceError, match="302"):
            read(fake)

    assert elsewhere.asked == []


@pytest.mark.parametrize("bad", ["dp.st.x\r\n", "dp.st.x\r\nX-Evil: 1", "dp.st x", "", "dp.st.\u00e9", "x" * 600])
def test_a_token_that_cannot_stand_in_a_header_is_never_sent(bad: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOPPLER_TOKEN", bad)
    with serving(Answer(HELD)) as fake, pytest.raises(SourceError, match="source `doppler`: ") as refusal:
        read(fake)

    assert fake.asked == []
    assert not bad or bad not in str(refusal.value)


class TestATokenInAFile:
    def read(self, file: Path, said: str, mode: int) -> Sequence[str]:
        file.write_bytes(said.encode())
        file.chmod(mode)
        with serving(Answer(HELD)) as fake:
            section = Doppler(api=fake.api, token_file=str(file))
            doppler.read(section, [wanted("API_TOKEN")], wait=Waits())
        return [headers["Authorization"] for _, headers in fake.asked]

    @pytest.mark.parametrize("mode", [0o400, 0o600])
    def test_is_taken_without_the_end_of_its_line(self, tmp_path: Path, mode: int) -> None:
        assert self.read(tmp_path / "token", f"{TOKEN}\n", mode) == [f"Bearer {TOKEN}"]

    @pytest.mark.parametrize("mode", [0o440, 0o604, 0o644, 0o620])
    def test_is_refused_where_others_can_read_it(self, tmp_path: Path, mode: int) -> None:
        with pytest.raises(SourceError, match=rf"read by others \(mode {mode:04o}\); next: chmod 0400"):
            self.read(tmp_path / "token", TOKEN, mode)

    def test_is_refused_with_the_line_ends_of_windows(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="carriage return"):
            self.read(tmp_path / "token", f"{TOKEN}\r\n", 0o400)

    def test_is_named_where_it_is_missing_or_no_file(self, tmp_path: Path) -> None:
        for path, says in ((tmp_path / "none", "does not exist"), (tmp_path, "is no file")):
            with pytest.raises(SourceError, match=says):
                doppler.read(Doppler(token_file=str(path)), [wanted("API_TOKEN")])
