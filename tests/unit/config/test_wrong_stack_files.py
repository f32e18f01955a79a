"""Each file of `wrong/` begins with the exact lines it is refused with, as comments, without the file's name."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

import pytest

from config.load import StackFileError, parse, read_file

WRONG = sorted(Path(__file__).with_name("wrong").glob("*.yaml"))


def expected_lines(path: Path) -> list[str]:
    comments = takewhile(lambda line: line.startswith("# "), path.read_text(encoding="utf-8").splitlines())
    return [f"{path.name}: {comment.removeprefix('# ')}" for comment in comments]


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem.replace("_", " "))
def test_a_wrong_stack_file_is_refused_with_exactly_its_lines(path: Path) -> None:
    with pytest.raises(StackFileError) as refusal:
        parse(read_file(path), path.name)

    assert str(refusal.value).splitlines() == expected_lines(path)


def test_every_reason_shows_what_would_be_right() -> None:
    helps = (", for example ", "did you mean '", "known keys: ", "keep one", "needs a namespace")
    unhelpful = [
        f"{path.name}: {line}"
        for path in WRONG
        for line in expected_lines(path)
        if "is not YAML" not in line and not any(part in line for part in helps)
    ]

    assert unhelpful == []


def test_there_are_many_wrong_stack_files() -> None:
    assert len(WRONG) >= 30
