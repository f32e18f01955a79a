"""Moves in any order, legal and illegal, and edits by hand: after each, file, host and traffic say the same.

TANDEM_RANDOM_MOVES says how many (25), TANDEM_RANDOM_SEED which; a failure names both and the moves that led to it.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from ruamel.yaml import YAML

from tandem.stack.stackfile import StackFile
from tests.e2e.project import APP, Project, until, write_stack_file

MOVES = int(os.environ.get("TANDEM_RANDOM_MOVES", "25"))
SEED = int(os.environ.get("TANDEM_RANDOM_SEED", "4"))

IMPATIENT = {"web": {**APP, "domains": ["web.localhost"], "health": {**APP["health"], "timeout": "2s"}}}  # type: ignore[dict-item]
GOOD = ("demo:1", "demo:2", "demo:3")
DONE, FAILED, USAGE, REFUSED, PENDING = 0, 1, 2, 3, 6

Entry = dict[str, Any]


@dataclass
class Play:
    """One run: its dice, its stack, and what it did so far."""

    web: Project
    dice: random.Random
    told: list[str] = field(default_factory=list)

    def move(self, *arguments: str, may: tuple[int, ...] = (DONE, REFUSED)) -> None:
        """A move of the command; a refused one must leave the file alone."""
        before = self.web.file.read_bytes()
        ran = self.web.run(*arguments)
        self.told.append(f"{' '.join(arguments)} -> {ran.code}")
        assert ran.code in may, self.story(ran.text)
        assert "Traceback" not in ran.text, self.story(ran.text)
        if ran.code == REFUSED:
            assert rollout(before.decode()) == rollout(self.web.file.read_text()), self.story(
                "a refusal wrote the file"
            )

    def edit(self, what: str, change: Callable[[Entry], Entry | None]) -> None:
        """A hand edit and `up`. What is refused is taken back by whoever made it, and `up` again must do."""
        before = self.web.file.read_text()
        entry = change(rollout(before))
        if entry is None:
            return
        self.web.file.write_text(StackFile(self.web.file, before).with_rollouts({"web": entry}))
        ran = self.web.run("up")
        self.told.append(f"edit: {what}, up -> {ran.code}")
        assert "Traceback" not in ran.text, self.story(ran.text)
        assert ran.code in (DONE, FAILED, USAGE), self.story(ran.text)
        if ran.code:
            self.web.file.write_text(before)
            again = self.web.run("up")
            self.told.append(f"taken back, up -> {again.code}")
            assert again.code == DONE, self.story(again.text)

    def agree(self) -> None:
        """File = host = served."""
        said = self.web.status()
        entry = rollout(self.web.file.read_text())
        if not entry:
            assert self.web.served_by() == (503, "gateway"), self.story(str(said))
            return
        serving = {said["release"]} | ({said["canary"]["release"]} if said.get("canary") else set())
        status, by = self.web.served_by()
        assert status == 200, self.story(f"{status} by {by}")
        assert by in serving, self.story(f"served by {by}, status says {serving}")
        assert said["release"].startswith(f"{entry['live']}-"), self.story(str(said))
        for colour in ("blue", "green"):
            if not entry.get(colour):
                # A refused candidate stays, stopped, for whoever wants to look, until the next run.
                assert (said[colour] or {}).get("state") in (None, "exited"), self.story(str(said))
            else:
                assert said[colour], self.story(str(said))
                assert said[colour]["image"] == entry[colour]["image"], self.story(str(said))
                assert said[colour]["state"] == "running", self.story(str(said))
        assert (said.get("canary") or {}).get("percent") == entry.get("canary"), self.story(str(said))
        expected = sum(bool(entry.get(colour)) for colour in ("blue", "green")) + len(said.get("draining", ()))
        until(lambda: len(self.web.containers(stopped=False)) == expected)

    def story(self, why: str) -> str:
        """For whoever has to find out."""
        return "\n".join([why, f"seed {SEED}, {len(self.told)} moves:", *self.told, self.web.file.read_text()])


def rollout(text: str) -> Entry:
    """The rollout of `web` in a stack file; empty before the first deploy."""
    found: Entry = (YAML(typ="safe").load(text)["config"].get("tandem:rollouts") or {}).get("web") or {}
    return found


@pytest.mark.timeout(1800)
def test_after_any_move_file_host_and_traffic_agree(web: Project) -> None:
    write_stack_file(web, IMPATIENT)
    play = Play(web, random.Random(SEED))
    web.ok("up")
    for _ in range(MOVES):
        play.dice.choice(CHOICES)(play)
        play.agree()


def deploy(play: Play) -> None:
    play.move("deploy", "web", play.dice.choice(GOOD))


def deploy_alone(play: Play) -> None:
    play.move("deploy", "web", play.dice.choice(GOOD), "--finalize")


def deploy_on_a_colour(play: Play) -> None:
    play.move("deploy", "web", play.dice.choice(GOOD), "--colour", play.dice.choice(("blue", "green")))


def deploy_a_bad_one(play: Play) -> None:
    play.move("deploy", "web", play.dice.choice(("demo:crash", "demo:sick")), may=(FAILED, REFUSED))


def prepare(play: Play) -> None:
    play.move("prepare", "web", play.dice.choice(GOOD))


def canary(play: Play) -> None:
    play.move("canary", "web", str(play.dice.choice((0, 10, 50, 99))))


def canary_of_too_much(play: Play) -> None:
    play.move("canary", "web", "100", may=(USAGE, REFUSED))


def switch(play: Play) -> None:
    play.move("switch", "web")


def rollback(play: Play) -> None:
    play.move("rollback", "web")


def rollback_now(play: Play) -> None:
    """What it leaves is barred; the next moves want it again."""
    play.move("rollback", "web", "--now", may=(DONE, FAILED, REFUSED))
    (play.web.host_directory / "gateway" / "state" / "web.barred").unlink(missing_ok=True)


def finalize(play: Play) -> None:
    play.move("finalize", "web")


def cancel(play: Play) -> None:
    play.move("cancel", "web")


def up(play: Play) -> None:
    play.move("up", may=(DONE,))


def edit_the_live_colour(play: Play) -> None:
    def swap(entry: Entry) -> Entry | None:
        both = entry.get("blue") and entry.get("green")
        return {**entry, "live": "green" if entry["live"] == "blue" else "blue"} if both else None

    play.edit("the other colour live", swap)


def edit_the_image(play: Play) -> None:
    def change(entry: Entry) -> Entry | None:
        return {**entry, entry["live"]: {"image": play.dice.choice((*GOOD, "nosuchimage:1"))}} if entry else None

    play.edit("another image on the live colour", change)


def edit_away_the_standby(play: Play) -> None:
    def drop(entry: Entry) -> Entry | None:
        other = "green" if entry.get("live") == "blue" else "blue"
        left = {key: value for key, value in entry.items() if key not in (other, "standby", "canary")}
        return left if entry.get(other) else None

    play.edit("the standby gone", drop)


def edit_to_nonsense(play: Play) -> None:
    play.edit("canary 120", lambda entry: {**entry, "canary": 120} if entry else None)


def edit_the_settings(play: Play) -> None:
    text = play.web.file.read_text()
    now, then = ('"memory": 96', '"memory": 112') if '"memory": 96' in text else ('"memory": 112', '"memory": 96')
    play.web.file.write_text(text.replace(now, then))
    play.move("up", may=(DONE,))


CHOICES: tuple[Callable[[Play], None], ...] = (
    *(deploy, deploy, deploy, deploy_alone, deploy_on_a_colour, deploy_a_bad_one),
    *(prepare, prepare, canary, canary, canary_of_too_much, switch, switch),
    *(rollback, rollback, rollback_now, finalize, cancel, up),
    *(edit_the_live_colour, edit_the_image, edit_away_the_standby, edit_to_nonsense, edit_the_settings),
)
