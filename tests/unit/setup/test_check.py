"""`make check` looks at everything, and every complaint counts."""

from __future__ import annotations

import pytest

from tests.unit.setup.checkout import Checkout

LINTERS = {"git", "ruff", "mypy", "jactionlint", "shellcheck", "tandem"}


@pytest.fixture
def linted(checkout: Checkout) -> Checkout:
    """A checkout whose linters are content."""
    checkout.root.joinpath(".shellcheckrc").touch()
    checkout.command("git", "printf 'setup/words\\nrequirements.txt\\ngone\\n'")
    checkout.command("shellcheck", "exit 0")
    tools = checkout.root / ".venv" / "bin"
    tools.mkdir(parents=True)
    for name in ("ruff", "mypy", "jactionlint", "tandem"):
        checkout.command(name, "exit 0")
        (tools / name).symlink_to(checkout.bin / name)
    return checkout


def test_shell_files_are_found_by_their_first_line(linted: Checkout) -> None:
    run = linted.run("check")
    assert run.returncode == 0, run
    assert looked_at(linted) == ["shellcheck setup/words"]


def test_shell_files_that_passed_are_looked_at_again_when_one_of_them_changes(linted: Checkout) -> None:
    linted.run("check")
    linted.run("check")
    assert looked_at(linted) == ["shellcheck setup/words"]

    with (linted.root / "setup" / "words").open("a") as words:
        words.write("# changed\n")
    linted.command("shellcheck", '[ "$1" = --version ]')
    assert [linted.run("check").returncode, linted.run("check").returncode] == [1, 1]
    assert looked_at(linted) == ["shellcheck setup/words"] * 3, "what did not pass is looked at again"


def test_tests_run_meanwhile_and_count(linted: Checkout) -> None:
    linted.command("tests", "exit 0")
    assert linted.run("check", "tests", "-n", "2").returncode == 0
    assert "tests -n 2" in linted.called()

    linted.command("tests", "exit 1")
    assert linted.run("check", "tests").returncode == 1


@pytest.mark.parametrize("linter", ["ruff", "mypy", "jactionlint", "shellcheck", "tandem"])
def test_a_complaint_fails_the_check_and_the_others_are_still_heard(linted: Checkout, linter: str) -> None:
    linted.command(linter, "exit 1")
    assert linted.run("check").returncode != 0
    assert {call.split()[0] for call in linted.called()} == LINTERS


def looked_at(checkout: Checkout) -> list[str]:
    return [call for call in checkout.called() if call.startswith("shellcheck ") and not call.endswith("--version")]
