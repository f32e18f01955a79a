"""What the scripts of a local host read of the command that is at work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tandem.docker import Docker
from tandem.engines import StackRef
from tandem.exits import BUSY, Stop
from tandem.hosts.local import Local
from tandem.locks.holder import me
from tandem.locks.lock import Patience
from tandem.stack.author import Author


@pytest.fixture
def local(tmp_path: Path) -> Local:
    return Local(StackRef(tmp_path, "shop", "local", tmp_path), Docker(), tmp_path / "host")


def impatient() -> Patience:
    return Patience(0.0, lambda _said: None)


def test_while_a_command_works_its_author_is_written_there_and_nobody_afterwards(local: Local) -> None:
    file = local.folder / "lock"
    with local.kept(me("deploy web", Author("Ann", "1a2b", "https://ci.example/7")), impatient()):
        said = json.loads(file.read_text().splitlines()[0])
        assert (said["what"], said["by"], said["commit"]) == ("deploy web", "Ann", "1a2b")
        with pytest.raises(Stop, match="deploy web") as busy, local.kept(me("up"), impatient()):
            pass
        assert busy.value.code == BUSY

    assert file.read_text() == ""


def test_whom_nobody_names_is_the_user_on_this_machine() -> None:
    said = me("up")

    assert said.by == f"{said.user}@{said.host}"


def test_what_a_command_does_is_cut_where_it_names_very_many_apps() -> None:
    assert len(me("deploy " + ", ".join(f"app{number}" for number in range(100))).what) == 200
