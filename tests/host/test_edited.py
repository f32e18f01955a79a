"""Files of ours that somebody edited on the host."""

from __future__ import annotations

import subprocess

from tests.host.stage import INSTALL, Stage


def edited(stage: Stage) -> list[str]:
    asked = ["sh", str(INSTALL), "--edited", str(stage.host)]
    return subprocess.run(asked, capture_output=True, text=True, timeout=20, check=True).stdout.splitlines()


def test_what_was_installed_is_as_it_was(serving: Stage) -> None:
    assert edited(serving) == []


def test_edited_and_new_files_are_named_and_installed_anew(serving: Stage) -> None:
    current = serving.directory / "current"
    with (current / "nginx.conf").open("a") as file:
        file.write("# by hand\n")
    (current / "apps" / "mine.conf").write_text("")
    assert edited(serving) == ["gateway: apps/mine.conf nginx.conf "]

    assert serving.install().code == 0
    assert edited(serving) == []
    assert serving.served_by() == "green-11111111"


def test_a_file_that_was_removed_is_missed_though_no_date_tells_which(serving: Stage) -> None:
    (serving.directory / "current" / "lib" / "live.sh").unlink()
    assert edited(serving) == ["gateway: "]


def test_a_host_without_files_has_none_that_differ(bare: Stage) -> None:
    assert edited(bare) == []
