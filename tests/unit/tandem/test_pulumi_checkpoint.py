"""A state file that a kill left in halves."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tandem.engines import EngineError
from tandem.engines.pulumi_checkpoint import repair

WHOLE = '{"version": 3, "checkpoint": {"stack": "local", "note": "%s"}}'


def written(path: Path, text: str, age: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (1_000_000 - age, 1_000_000 - age))
    return path


def test_a_whole_state_file_is_left_alone(tmp_path: Path) -> None:
    state = written(tmp_path / "local.json", WHOLE % "now", 0)

    assert repair(state, tmp_path / "backups") is None
    assert state.read_text() == WHOLE % "now"


@pytest.mark.parametrize("half", ["", '{"version": 3, "checkpo', "[]"], ids=["empty", "cut short", "something else"])
def test_the_newest_whole_backup_takes_the_place_of_a_broken_one(tmp_path: Path, half: str) -> None:
    state = written(tmp_path / "local.json", half, 0)
    written(tmp_path / "local.json.bak", "", 1)
    written(tmp_path / "backups" / "local.2.json", WHOLE % "newest", 2)
    written(tmp_path / "backups" / "local.1.json", WHOLE % "older", 3)

    assert repair(state, tmp_path / "backups") == tmp_path / "backups" / "local.2.json"
    assert state.read_text() == WHOLE % "newest"


def test_half_a_file_of_attributes_is_dropped_as_the_engine_can_do_without(tmp_path: Path) -> None:
    state = written(tmp_path / "local.json", WHOLE % "now", 0)
    whole = written(tmp_path / "other.json.attrs", '{"user.content_type": "json"}', 0)
    half = written(tmp_path / "local.json.attrs", "", 0)
    repair(state, tmp_path / "backups")

    assert (whole.exists(), half.exists()) == (True, False)


def test_without_a_whole_backup_the_person_is_told_which_file(tmp_path: Path) -> None:
    state = written(tmp_path / "local.json", "", 0)

    with pytest.raises(EngineError, match=r"local\.json is not whole and no backup"):
        repair(state, tmp_path / "backups")
