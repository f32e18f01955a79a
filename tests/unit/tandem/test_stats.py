from __future__ import annotations

import pytest

from tandem.docker import Container
from tandem.looks import stats
from tandem.moves import deploys
from tests.unit.tandem.fakes import Bench
from tests.unit.tandem.moving import blue

GATEWAY = Container("id-gateway", "shop-local-gateway", "running", "gateway")


def row(identity: str, **more: str) -> dict[str, str]:
    said = {"ID": identity, "CPUPerc": "1.50%", "MemUsage": "24MiB / 96MiB", "NetIO": "1.2kB / 3MB"}
    return {**said, "BlockIO": "0B / 8.19kB", "PIDs": "5", **more}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("24MiB", 24 << 20),
        ("1.5GiB", 3 << 29),
        ("1.2kB", 1200),
        ("3MB", 3_000_000),
        ("0B", 0),
        ("--", None),
        ("", None),
    ],
)
def test_sizes_are_bytes_in_either_spelling(text: str, expected: int | None) -> None:
    assert stats.size(text) == expected


def test_a_look_is_by_app_role_and_release_with_the_live_one_first(bench: Bench) -> None:
    deploys.deploy(bench, {"web": "demo:1"})
    deploys.deploy(bench.again(), {"web": "demo:2"})
    bench.fake_host.boxes.append(GATEWAY)
    bench.fake_docker.usage = [row("id-gateway"), *(row(box.id) for box in bench.fake_host.boxes if box.app)]
    found = stats.sample(bench.again())

    assert [(one.app, one.role, one.colour, one.live) for one in found] == [
        ("web", "app", "green", True),
        ("web", "app", "blue", False),
        ("", "gateway", "", False),
    ]
    assert found[1].release == blue(1)
    assert (found[0].cpu_percent, found[0].memory, found[0].memory_limit, found[0].processes) == (
        1.5,
        24 << 20,
        96 << 20,
        5,
    )
    table = stats.lines(found)
    assert "25 %" in table[1]
    assert table[-1] == "3 containers: 4.5 % of a processor, 72.0 MiB"


def test_what_docker_cannot_say_is_left_open(bench: Bench) -> None:
    bench.fake_host.boxes.append(GATEWAY)
    bench.fake_docker.usage = [row("id-gateway", CPUPerc="--", MemUsage="-- / --", PIDs="--")]
    (one,) = stats.sample(bench)
    assert (one.cpu_percent, one.memory, one.memory_limit, one.processes) == (None, None, None, None)
    assert stats.lines([one])[1].split()[2:6] == ["-", "-", "-", "-"]


def test_where_nothing_runs_docker_is_not_asked(bench: Bench) -> None:
    assert stats.sample(bench) == []
    assert stats.lines([]) == ["nothing runs"]
