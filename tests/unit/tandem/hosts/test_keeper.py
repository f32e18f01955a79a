"""The stack's lock and state on a host, by the real script: a folder of this machine behind its own shell."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import threading
from itertools import pairwise
from pathlib import Path

import pytest

from config.hosts import SshHost
from tandem.engines import EngineError
from tandem.exits import Stop
from tandem.hosts import keeper
from tandem.hosts.asking import ask, read, there
from tandem.hosts.keeper import Keeper, LostError, patch
from tandem.hosts.link import Link
from tandem.locks.holder import Held, me
from tests.stacks import HOST_KEY


class ThisMachine(Link):
    """A link whose other end is here."""

    def __init__(self) -> None:
        super().__init__(SshHost(kind="ssh", address="203.0.113.7", user="deploy", host_key=HOST_KEY))

    def argv(self, command: str, *, terminal: bool = False) -> list[str]:
        return ["sh", "-c", command]


@pytest.fixture
def link() -> Link:
    return ThisMachine()


@pytest.fixture
def folder(tmp_path: Path) -> str:
    made = tmp_path / "shop-prod"
    made.mkdir()
    return str(made)


def held(link: Link, folder: str, what: str = "deploy web") -> Keeper:
    return Keeper(link, folder, me(what))


def state(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def test_a_stack_is_held_by_one_and_the_other_learns_by_whom(link: Link, folder: str) -> None:
    one = held(link, folder, "deploy web")

    with pytest.raises(Held) as busy:
        held(link, folder, "up")
    one.close()

    assert busy.value.holder is not None
    assert busy.value.holder.what == "deploy web"
    held(link, folder).close()


def test_the_state_is_there_for_the_next_one_with_the_key_and_the_engine(link: Link, folder: str) -> None:
    one = held(link, folder)
    one.pin("offline")
    one.put(state("{", "a", "b", "}"))
    one.put(state("{", "a", "c", "}"))
    one.settle()
    one.close()

    two = held(link, folder)
    two.close()

    assert (one.found.state, one.found.engine) == (b"", None)
    assert two.found.state == state("{", "a", "c", "}")
    assert two.found.engine == "offline"
    assert two.found.key == one.found.key
    assert two.found.key is not None
    assert len(bytes.fromhex(two.found.key)) == 32
    assert keeper.look(link, folder).state == two.found.state


def test_a_look_says_who_holds_it_and_holds_nothing(link: Link, folder: str) -> None:
    assert keeper.look(link, folder).holder is None
    one = held(link, folder, "up")

    seen = keeper.look(link, folder).holder
    one.close()

    assert seen is not None
    assert seen.what == "up"
    assert keeper.look(link, folder).holder is None


def test_a_holder_that_dies_lets_go(link: Link, folder: str) -> None:
    one = held(link, folder)
    assert one._process.stdin is not None
    one._process.stdin.close()

    held(link, folder).close()
    with pytest.raises(LostError):
        one.put(state("a"))


def test_what_had_arrived_when_the_connection_broke_is_put_down_although_nobody_hears_of_it(
    link: Link, folder: str
) -> None:
    states = [state(*map(str, range(number))) for number in range(9)]
    command = link.argv(there("keep", folder, "{}"))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as keep:
        assert keep.stdin
        assert keep.stdout
        assert keep.stdout.readline() == b"held\n"
        keep.stdout.close()
        for last, now in pairwise(states):
            packed = gzip.compress(patch(last, now))
            keep.stdin.write(f"put 1 {len(packed)} {len(now)}\n".encode() + packed)
        keep.stdin.close()

    assert keeper.look(link, folder).state == states[-1]


def test_who_was_cut_off_is_told_at_the_next_word(link: Link, folder: str) -> None:
    one = held(link, folder)
    os.killpg(one._process.pid, signal.SIGKILL)
    one._process.wait()

    with pytest.raises(LostError, match="the stack's lock"):
        one.put(state("a"))
    with pytest.raises(LostError):
        one.ask(["true"])
    one.close()


def test_the_lock_can_be_taken_away(link: Link, folder: str) -> None:
    one = held(link, folder)
    keeper.free(link, folder)

    two = held(link, folder)
    two.close()
    one.close()


def test_a_state_that_does_not_fit_is_refused_and_so_is_all_that_follows(link: Link, folder: str) -> None:
    one = held(link, folder)
    one.put(state("a", "b"))
    one.settle()
    (Path(folder) / "offline" / "state.json").write_bytes(state("x"))
    one.put(state("a", "b", "c"))

    with pytest.raises(EngineError, match="could not write"):
        one.settle()
    with pytest.raises(EngineError, match="could not write"):
        one.put(state("d"))
    one.close()

    assert (Path(folder) / "offline" / "state.json").read_bytes() == state("x")


def test_short_questions_go_the_same_way(link: Link, folder: str) -> None:
    one = held(link, folder)
    answers = one.ask(["echo out; echo err >&2; exit 3", "cat", "printf 'no end of line'"])
    again = one.ask(["echo again"])
    one.close()

    assert [(answer.returncode, answer.stdout, answer.stderr) for answer in answers] == [
        (3, "out\n", "err\n"),
        (0, "", ""),
        (0, "no end of line", ""),
    ]
    assert again[0].stdout == "again\n"


def test_many_may_speak_at_once(link: Link, folder: str) -> None:
    one = held(link, folder)
    said: list[str] = []
    threads = [
        threading.Thread(target=lambda number=number: said.append(one.ask([f"echo {number}"])[0].stdout.strip()))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for number in range(8):
        one.put(state(*map(str, range(number + 1))))
    for thread in threads:
        thread.join()
    one.settle()
    one.close()

    assert sorted(said) == [str(number) for number in range(8)]
    assert keeper.look(link, folder).state == state(*map(str, range(8)))


def test_a_host_without_a_place_for_it_is_named(link: Link, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "sudo").write_text("#!/bin/sh\nexit 1\n")
    (bin_ / "sudo").chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_}:{os.environ['PATH']}")

    with pytest.raises(Stop, match="needs sudo without a password") as refused:
        held(link, str(tmp_path / "none"))

    assert refused.value.code == 5


def test_a_stack_that_is_nobodys_leaves_nothing_of_the_script(link: Link, folder: str) -> None:
    one = held(link, folder)
    one.pin("offline")
    one.put(state("a"))
    one.pin(None)
    one.close()

    assert not any(Path(folder).glob("*")) or not Path(folder).exists()


def test_a_patch_names_lines_it_knows_by_number() -> None:
    assert patch(state("a", "b"), state("b", "=1", "a")) == b"=2\n+=1\n=1\n"


def test_half_an_answer_is_none() -> None:
    with pytest.raises(ValueError, match="cut off"):
        read(b"0 5 0\nabc", ["true"])


def test_questions_without_a_lock_are_one_command(link: Link) -> None:
    before = link.execs
    first, second = ask(link, ["echo 1", "exit 4"])

    assert (first.stdout, second.returncode) == ("1\n", 4)
    assert link.execs == before + 1


def test_the_holder_is_written_as_others_read_it(link: Link, folder: str) -> None:
    one = held(link, folder, "up")
    said = json.loads((Path(folder) / "lock").read_text().splitlines()[0])
    one.close()

    assert said["what"] == "up"
    assert said["pid"] == os.getpid()
    assert subprocess.run(["flock", "-n", f"{folder}/lock", "true"], check=False).returncode == 0
