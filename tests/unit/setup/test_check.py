"""`make check` looks at everything, and every complaint counts."""

from __future__ import annotations

import pytest

from tests.unit.setup.checkout import Checkout


@pytest.fixture
def linted(checkout: Checkout) -> Checkout:
    """A checkout whose linters are content."""
    checkout.command("git", "printf 'setup/words\\nrequirements.txt\\ngone\\n'")
    checkout.command("shellcheck", "exit 0")
    tools = checkout.root / ".venv" / "bin"
    tools.mkdir(parents=True)
    for name in ("ruff", "mypy"):
        checkout.command(name, "exit 0")
        (tools / name).symlink_to(checkout.bin / name)
    return checkout


def test_shell_files_are_found_by_their_first_line(linted: Checkout) -> None:
    run = linted.run("check")
    assert run.returncode == 0, run
    assert linted.called()[-1] == "shellcheck setup/words"


@pytest.mark.parametrize("linter", ["ruff", "mypy", "shellcheck"])
def test_a_complaint_fails_the_check_and_the_others_are_still_heard(linted: Checkout, linter: str) -> None:
    linted.command(linter, "exit 1")
    assert linted.run("check").returncode != 0
    assert {call.split()[0] for call in linted.called()} == {"git", "ruff", "mypy", "shellcheck"}
