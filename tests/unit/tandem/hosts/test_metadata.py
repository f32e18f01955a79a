"""A rotation by an instance's metadata: the stack file is edited, the engine brings it about, the agent takes it up."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from config.gce import GceHost
from tandem.exits import ENVIRONMENT, REFUSED, USAGE, FailedRun, Stop
from tandem.hosts import keys, metadata
from tandem.hosts.keys import Ring, Rotation
from tandem.hosts.metadata import PATIENCE, MetadataDoor
from tandem.says.summary import Summary
from tandem.stack.stackfile import StackFile
from tests import stacks
from tests.unit.tandem.fakes import Bench

OLD = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKfcMJgYIQbtuVBLqcdCTprIbXC7G5YdZc3UqeKtxIhs"
NEW = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID1Kg9Qt/xhC6NPFoJAOvlGpyB2ZDdN1XQ+RmzaxNdzI"
TEXT = f"""\
config:
  tandem:host:
    kind: gce
    ssh:
      public_keys:                 # who gets in
        - {stacks.PUBLIC_KEY}      # ann
        - {OLD} me                 # whoever deploys
      user: deploy
    protect: true
"""


@dataclass
class Instance:
    """A machine whose agent takes over, `late` looks after a run, what the metadata says."""

    file: Path
    name: str = "198.51.100.7"
    said: str = OLD
    lines: set[str] = field(default_factory=lambda: {OLD})
    late: int = 1
    waiting: int = 0
    runs: int = 0
    fails_at: int = 0
    deaf_without: str = ""
    deaf: bool = False

    def apply(self) -> None:
        self.runs += 1
        if self.runs == self.fails_at:
            raise FailedRun("Google says no", 1, Summary("rotate-key", "pulumi", {}, 0.0))
        self.waiting, self.said = self.late, self.file.read_text()

    def has(self, key: Path, line: str) -> bool:
        if not self.deaf:
            self.waiting -= 1
            if self.waiting <= 0:
                self.lines = {one for one in (OLD, NEW) if one in self.said}
        return line in self.lines

    def lets_in(self, key: Path) -> bool:
        self.has(key, "")
        public = key.read_text()
        return public in self.lines and (not self.deaf_without or self.deaf_without in self.lines)


@dataclass
class Time:
    now: float = 0.0

    def pause(self, seconds: float) -> None:
        self.now += seconds

    def clock(self) -> float:
        return self.now


class Maker:
    """Keys whose private half is their public one."""

    def make(self, path: Path, comment: str) -> None:
        path.write_text(NEW)
        keys.public(path).write_text(f"{NEW} {comment}\n")

    def public(self, path: Path) -> str | None:
        return path.read_text() if path.is_file() else None


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(TEXT)
    (tmp_path / "key").write_text(OLD)
    return Instance(file)


def door(instance: Instance) -> MetadataDoor:
    time = Time()
    return MetadataDoor(instance, instance.file, instance.apply, "tandem", time.pause, time.clock)


def rotate(instance: Instance, tmp_path: Path) -> list[str]:
    said: list[str] = []
    ring = Ring(tmp_path / "key")
    Rotation(ring, [door(instance)], Maker(), said.append, lambda _: None, "tandem").run()
    return said


def test_the_new_key_takes_the_old_ones_place_in_the_file_and_on_the_machine(
    instance: Instance, tmp_path: Path
) -> None:
    instance.late = 3
    rotate(instance, tmp_path)

    assert instance.runs == 2
    assert instance.lines == {NEW}
    assert (tmp_path / "key").read_text() == NEW
    assert (tmp_path / "key.old").read_text() == OLD
    text = instance.file.read_text()
    assert text == TEXT.replace(f"- {OLD} me                 # whoever deploys", f'- "{NEW} tandem"')


def test_when_google_says_no_to_the_new_key_the_old_one_goes_on(instance: Instance, tmp_path: Path) -> None:
    instance.fails_at = 1
    with pytest.raises(FailedRun):
        rotate(instance, tmp_path)

    assert (tmp_path / "key").read_text() == OLD
    assert OLD in instance.file.read_text()
    assert door(instance).lets_in(tmp_path / "key")


def test_when_google_says_no_to_taking_the_old_one_out_the_new_one_is_in_and_the_next_run_ends_it(
    instance: Instance, tmp_path: Path
) -> None:
    instance.fails_at = 2
    with pytest.raises(FailedRun):
        rotate(instance, tmp_path)

    assert (tmp_path / "key").read_text() == NEW
    assert door(instance).lets_in(tmp_path / "key")
    assert OLD not in instance.file.read_text()
    assert OLD in instance.lines

    rotate(instance, tmp_path)
    assert instance.lines == {NEW}


def test_an_agent_that_does_not_take_the_new_key_up_leaves_both(instance: Instance, tmp_path: Path) -> None:
    instance.deaf = True
    with pytest.raises(Stop, match=f"within {PATIENCE:g} s; both keys stay") as refused:
        rotate(instance, tmp_path)

    assert refused.value.code == ENVIRONMENT
    assert (tmp_path / "key").read_text() == OLD


def test_when_the_new_key_gets_in_only_beside_the_old_one_the_old_one_is_back(
    instance: Instance, tmp_path: Path
) -> None:
    instance.deaf_without = OLD
    with pytest.raises(Stop, match="the old one is back"):
        rotate(instance, tmp_path)

    assert {OLD, NEW} == {key for key in (OLD, NEW) if key in instance.file.read_text()}
    assert instance.runs == 3
    assert door(instance).lets_in(tmp_path / "key")


def test_a_key_that_is_not_in_the_file_is_not_rotated(instance: Instance, tmp_path: Path) -> None:
    instance.file.write_text(TEXT.replace(OLD, "ssh-ed25519 AAAAsomebody"))
    with pytest.raises(Stop, match="not in tandem:host: ssh: public_keys; nothing was changed"):
        rotate(instance, tmp_path)

    assert instance.runs == 0


def test_a_list_on_one_line_is_edited_too(instance: Instance, tmp_path: Path) -> None:
    instance.file.write_text(f'config:\n  tandem:host: {{kind: gce, ssh: {{public_keys: ["{OLD}"], user: deploy}}}}\n')
    rotate(instance, tmp_path)

    expected = f'config:\n  tandem:host: {{kind: gce, ssh: {{public_keys: ["{NEW} tandem"], user: deploy}}}}\n'
    assert instance.file.read_text() == expected


def section(**ssh: object) -> GceHost:
    return GceHost.model_validate({**stacks.on_gce()["host"], "ssh": ssh})


@pytest.mark.parametrize(
    ("ssh", "why"),
    [
        ({"login": "os-login", "user": "sa_1", "key": "~/.ssh/id"}, "Google's accounts decide who gets in"),
        ({"public_keys": [stacks.PUBLIC_KEY]}, "host.ssh.key is not said"),
    ],
)
def test_what_has_no_key_of_its_own_is_refused(project: Path, ssh: dict[str, object], why: str) -> None:
    from tandem.stack.options import Options

    bench = Bench(Options(directory=project))
    with pytest.raises(Stop, match=why) as refused:
        metadata.rotate(bench, section(**ssh), lambda _: None)
    assert refused.value.code == USAGE


def test_a_file_that_says_more_than_what_runs_is_brought_about_first(project: Path) -> None:
    from tandem.stack.options import Options

    with pytest.raises(Stop, match="next: tandem up, then tandem rotate-key") as refused:
        metadata.demand_nothing_else(Bench(Options(directory=project)))
    assert refused.value.code == REFUSED


def test_the_file_is_read_back_before_it_is_written(instance: Instance) -> None:
    file = StackFile.read(instance.file)
    from tandem.hosts import pin

    with pytest.raises(Stop, match="write it by hand"):
        pin.listed(file, NEW, after="ssh-ed25519 AAAAnobody")
