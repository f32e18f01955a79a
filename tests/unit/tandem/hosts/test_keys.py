"""A rotation, broken off at every point: the key file always gets in, and the same command goes on to the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tandem.exits import ENVIRONMENT, USAGE, Stop
from tandem.hosts import keys
from tandem.hosts.keys import Ring, Rotation


class Killed(BaseException):
    """The process is gone: nothing of it runs any more."""


@dataclass
class World:
    """Key files whose content is their name, and counting: at the `at`th thing done, everything ends."""

    at: int = 0
    done: int = 0
    made: int = 0

    def step(self) -> None:
        self.done += 1
        if self.done == self.at:
            raise Killed

    def make(self, path: Path, comment: str) -> None:
        assert comment == "test"
        self.step()
        self.made += 1
        path.write_text(f"key {self.made}")
        self.step()
        keys.public(path).write_text(f"public key {self.made}")
        self.step()

    def public(self, path: Path) -> str | None:
        text = path.read_text()
        return f"ssh-ed25519 {text}" if text.startswith("key") else None


@dataclass
class FakeDoor:
    world: World
    lines: list[str]
    name: str = "host"
    deaf: set[str] = field(default_factory=set)
    stubborn: set[str] = field(default_factory=set)

    def lets_in(self, key: Path) -> bool:
        self.world.step()
        line, beside = self.world.public(key), keys.public(key)
        if beside.is_file() and key.read_text() not in beside.read_text():
            return False  # ssh offers the public half that it finds beside, and then cannot sign
        return (line in self.lines or line in self.stubborn) and line not in self.deaf

    def add(self, key: Path, old: str, new: str) -> None:
        assert self.lets_in(key)
        if old not in self.lines:
            raise Stop("not in authorized_keys", ENVIRONMENT)
        if new not in self.lines:
            self.lines.append(new)
        self.world.step()

    def has(self, key: Path, line: str) -> bool:
        assert self.lets_in(key)
        return line in self.lines

    def remove(self, key: Path, old: str, new: str, proved: Callable[[], bool]) -> bool:
        assert self.lets_in(key)
        before = list(self.lines)
        good = False
        try:
            self.lines[:] = [line for line in before if line != old]
            self.world.step()
            good = proved()
        finally:
            if not good:
                self.lines[:] = before  # the other end of a connection that broke
        self.world.step()
        return good


@dataclass
class Story:
    """A key and the machines that it opens."""

    ring: Ring
    world: World
    doors: list[FakeDoor]
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def rotate(self) -> None:
        Rotation(self.ring, self.doors, self.world, self.said.append, self.asked.append, "test").run()

    def line(self) -> str:
        line = self.world.public(self.ring.key)
        assert line
        return line


@pytest.fixture
def story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Story:
    """A host behind a bastion; files can be left half-way too."""
    ring, world = Ring(tmp_path / "id"), World()
    ring.key.write_text("key 0")
    keys.public(ring.key).write_text("public key 0")
    really: Callable[..., Path] = Path.replace

    def replace(self: Path, target: Any) -> Path:
        world.step()
        moved = really(self, target)
        world.step()
        return moved

    monkeypatch.setattr(Path, "replace", replace)
    known = ["ssh-ed25519 key 0", "ssh-rsa somebody"]
    return Story(ring, world, [FakeDoor(world, list(known), name) for name in ("way", "host")])


def test_a_rotation_leaves_the_new_key_alone_and_the_old_one_beside_it(story: Story) -> None:
    story.rotate()
    assert [door.lines for door in story.doors] == [["ssh-rsa somebody", "ssh-ed25519 key 1"]] * 2
    assert story.ring.key.read_text() == "key 1"
    assert keys.public(story.ring.key).read_text() == "public key 1"
    assert story.ring.old.read_text() == "key 0"
    assert not story.ring.new.exists()
    assert len(story.asked) == 1


def test_killed_anywhere_the_key_gets_in_and_the_same_command_comes_to_the_end(tmp_path: Path, story: Story) -> None:
    points = 0
    for at in range(1, 200):
        for file in tmp_path.iterdir():
            file.unlink()
        story.ring.key.write_text("key 0")
        keys.public(story.ring.key).write_text("public key 0")
        for door in story.doors:
            door.lines[:] = ["ssh-ed25519 key 0"]
        story.world.made, story.world.done, story.world.at = 0, 0, at
        try:
            story.rotate()
        except Killed:
            points += 1
        else:
            break
        story.world.at = 0
        assert all(door.lets_in(story.ring.key) for door in story.doors), f"locked out at {at}"
        story.rotate()
        assert story.line() != "ssh-ed25519 key 0", at
        assert [door.lines for door in story.doors] == [[story.line()]] * 2, at
        assert story.ring.key.read_text() in keys.public(story.ring.key).read_text(), at
        assert not story.ring.new.exists(), at
    assert points > 30


def test_a_second_rotation_after_a_whole_one_makes_another_key(story: Story) -> None:
    story.rotate()
    story.rotate()
    assert story.ring.key.read_text() == "key 2"
    assert story.ring.old.read_text() == "key 1"
    assert len(story.asked) == 2


def test_what_was_broken_off_after_the_swap_is_finished_without_a_question(story: Story) -> None:
    story.rotate()
    story.doors[1].lines.append("ssh-ed25519 key 0")
    story.rotate()
    assert story.ring.key.read_text() == "key 1"
    assert "ssh-ed25519 key 0" not in story.doors[1].lines
    assert len(story.asked) == 1
    assert any("broken off" in line for line in story.said)


def test_a_new_key_that_does_not_get_in_changes_nothing_here(story: Story) -> None:
    story.doors[1].deaf.add("ssh-ed25519 key 1")
    with pytest.raises(Stop, match="host does not let the new key in") as refused:
        story.rotate()
    assert refused.value.code == ENVIRONMENT
    assert story.ring.key.read_text() == "key 0"
    assert all("ssh-ed25519 key 0" in door.lines for door in story.doors)


def test_an_old_key_that_does_not_get_in_is_the_first_thing_to_be_said(story: Story) -> None:
    story.doors[0].lines.clear()
    with pytest.raises(Stop, match="way does not let the key that is in use in"):
        story.rotate()
    assert story.world.made == 0
    assert story.asked == []


def test_a_key_that_is_let_in_by_something_else_is_refused_and_nothing_is_swapped(story: Story) -> None:
    story.doors[1].lines.remove("ssh-ed25519 key 0")
    story.doors[1].stubborn.add("ssh-ed25519 key 0")
    with pytest.raises(Stop, match="not in authorized_keys"):
        story.rotate()
    assert story.ring.key.read_text() == "key 0"


def test_where_the_new_key_gets_in_no_more_without_the_old_one_that_is_put_back(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = FakeDoor.lets_in

    def only_beside_the_old(door: FakeDoor, key: Path) -> bool:
        return really(door, key) and (door.name == "way" or "ssh-ed25519 key 0" in door.lines)

    monkeypatch.setattr(FakeDoor, "lets_in", only_beside_the_old)
    with pytest.raises(Stop, match="the old one is back"):
        story.rotate()
    assert all("ssh-ed25519 key 0" in door.lines for door in story.doors)
    assert story.doors[1].lets_in(story.ring.key)


def test_an_old_key_that_still_gets_in_by_another_file_is_told(story: Story) -> None:
    story.doors[1].stubborn.add("ssh-ed25519 key 0")
    story.rotate()
    assert any("host still lets" in line for line in story.said)


@pytest.mark.parametrize("content", [None, "encrypted"])
def test_a_key_that_is_not_there_or_has_a_passphrase_is_refused(story: Story, content: str | None) -> None:
    story.ring.key.unlink()
    if content:
        story.ring.key.write_text(content)
    with pytest.raises(Stop, match=str(story.ring.key)) as refused:
        story.rotate()
    assert refused.value.code == USAGE
    assert story.world.done == 0
