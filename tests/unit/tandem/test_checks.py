from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace

import pytest

from config.hosts import LocalHost
from config.settings import Settings
from tandem.checks import disk, every, gateway, images, port, reach, state
from tandem.checks.finding import bad, exit_code, good, note
from tandem.docker import DockerError, DockerMissingError
from tandem.docker.registry import Manifest
from tandem.exits import ENVIRONMENT, OK, REFUSED, USAGE, Stop
from tandem.hosts.host import Taken
from tandem.moves import deploys, update
from tests.unit.tandem.fake_host import FakeHost
from tests.unit.tandem.fakes import Bench, FakeDocker, image_id

AMD64 = {"OSType": "linux", "Architecture": "x86_64"}


@pytest.fixture
def settings(bench: Bench) -> Settings:
    return bench.settings


@pytest.mark.parametrize(
    ("said", "found", "remedy"),
    [
        ("permission denied while trying to connect", "permission denied", "usermod -aG docker"),
        ("Cannot connect to the Docker daemon at unix:///x", "no daemon answers", "systemctl start docker"),
        ("dial unix /x: no such file or directory", "no daemon answers", "dockerd &"),
        ("server misbehaving", "server misbehaving", "docker info"),
    ],
)
def test_docker_that_does_not_answer_is_named(
    said: str, found: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach, "other_socket", lambda: None)
    finding = reach.unreachable("unix:///var/run/docker.sock", said)
    assert found in finding.found
    assert remedy in finding.remedy


def test_another_socket_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "other_socket", lambda: "/run/user/1000/docker.sock")
    finding = reach.unreachable("unix:///var/run/docker.sock", "Cannot connect to the Docker daemon")
    assert "/run/user/1000/docker.sock" in finding.remedy


def test_an_absent_binary_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    docker = FakeDocker()

    def missing() -> None:
        raise DockerMissingError("docker is not on PATH")

    monkeypatch.setattr(docker, "info", missing)
    assert "apt-get install docker.io" in reach.ask(docker)[0].remedy


def test_rootless_and_podman_are_refused_by_name() -> None:
    docker = FakeDocker()
    docker.answers = {"DockerRootDir": "/", "SecurityOptions": ["name=seccomp", "name=rootless"]}
    assert "rootless" in reach.ask(docker)[0].found
    docker.answers = {"host": {}}
    assert "Podman" in reach.ask(docker)[0].found


def test_a_stray_variable_and_another_context_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "current_context", lambda: "colima")
    found = [finding.found for finding in reach.elsewhere({"DOCKER_HOST": "tcp://x"}, "unix:///s")]
    assert found == [
        "DOCKER_HOST=tcp://x is set; tandem ignores it and uses unix:///s",
        "your docker context is 'colima'; tandem ignores it and uses unix:///s",
    ]


def test_a_full_disk_is_refused_with_both_figures(settings: Settings) -> None:
    host = settings.host.model_copy(update={"min_free_gb": 9_999})
    host.model_fields_set.add("min_free_gb")
    finding = disk.room(settings.model_copy(update={"host": host}), {"DockerRootDir": "/"}, FakeHost())
    assert finding.level == "bad"
    assert "9999 GB wanted" in finding.found


def test_a_developers_machine_needs_less_than_production(settings: Settings) -> None:
    unsaid = LocalHost(kind="local")
    assert disk.needed(settings.model_copy(update={"host": unsaid})) == 6
    assert disk.needed(settings.model_copy(update={"host": unsaid, "profile": "prod"})) == 10
    assert disk.needed(settings) == 1


def with_port(settings: Settings, number: int) -> Settings:
    return settings.model_copy(update={"gateway": settings.gateway.model_copy(update={"port": number})})


def test_a_port_held_by_a_process_is_told_with_its_owner_and_the_setting(settings: Settings) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        number = holder.getsockname()[1]
        finding = port.free(with_port(settings, number), FakeDocker(), "shop-local-gateway", FakeHost())
    assert finding.level == "bad"
    assert f"127.0.0.1:{number} is held by" in finding.found
    assert "(pid " in finding.found
    assert "tandem:gateway" in finding.remedy


@pytest.mark.parametrize(("starts", "level"), [(True, "good"), (False, "bad")])
def test_a_port_that_docker_holds_for_a_container_that_starts_is_looked_at_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, starts: bool, level: str
) -> None:
    docker, host = FakeDocker(), FakeHost()

    def held(bind: str, number: int) -> Taken:
        docker.holders = ["shop-local-gateway"] if starts else []
        return Taken("is held by docker-proxy (pid 812)")

    monkeypatch.setattr(host, "port_taken", held)
    monkeypatch.setattr(port, "LOOKS_AGAIN", (0.0, 0.0))

    assert port.free(with_port(settings, 8080), docker, "shop-local-gateway", host).level == level


def test_a_free_port_and_our_own_gateway_are_good(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    docker = FakeDocker()
    assert port.free(with_port(settings, number), docker, "shop-local-gateway", FakeHost()).level == "good"
    docker.holders = ["shop-local-gateway"]
    assert port.free(settings, docker, "shop-local-gateway", FakeHost()).level == "good"
    docker.holders = ["other"]
    finding = port.free(settings, docker, "shop-local-gateway", FakeHost())
    assert finding.level == "bad"
    assert "container other" in finding.found


def test_a_gateway_of_another_checkout_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    docker, host = FakeDocker(), FakeHost()
    assert gateway.ours(docker, "shop-local-gateway", host).level == "good"
    monkeypatch.setattr(docker, "mount", lambda _name, _target: "/elsewhere/.tandem/shop-local/host/gateway")
    finding = gateway.ours(docker, "shop-local-gateway", host)
    assert finding.level == "bad"
    assert "/elsewhere" in finding.found
    monkeypatch.setattr(docker, "mount", lambda _name, _target: f"{host.directory}/gateway")
    assert gateway.ours(docker, "shop-local-gateway", host).level == "good"


def test_a_stack_whose_state_is_lost_is_refused_before_anything_is_touched(bench: Bench) -> None:
    deploys.deploy(bench, {"web": "demo:1"})
    assert state.known(bench).level == "good"
    bench.fake_host.boxes = [replace(box, engine="offline") for box in bench.fake_host.boxes]
    text, following = bench.text, bench.again()
    with pytest.raises(Stop) as stopped:
        deploys.deploy(following, {"web": "demo:2"})
    assert stopped.value.code == ENVIRONMENT
    assert f"gone from {bench.folder}" in str(stopped.value)
    assert "docker rm --force $(docker ps --all --quiet --filter label=tandem.project=shop" in str(stopped.value)
    assert (bench.text, bench.fake_engine.runs) == (text, [])


def test_destroy_does_not_take_a_lost_state_for_nothing_to_do(bench: Bench) -> None:
    deploys.deploy(bench, {"web": "demo:1"})
    bench.fake_host.boxes = [replace(box, engine="offline") for box in bench.fake_host.boxes]
    following = bench.again()
    with pytest.raises(Stop, match="the state that knows them is gone"):
        update.destroy(following, data=False)
    assert bench.fake_engine.runs == []


def test_destroy_begins_only_when_the_network_can_go_as_well(bench: Bench) -> None:
    deploys.deploy(bench, {"web": "demo:1"})
    following = bench.again()
    following.fake_docker.guests = ["shop_db_1", "shop_redis_1"]

    with pytest.raises(Stop) as stopped:
        update.destroy(following, data=False)

    assert stopped.value.code == ENVIRONMENT
    assert "shop_db_1, shop_redis_1 are in shop-local and not the stack's" in str(stopped.value)
    assert "next: docker network disconnect shop-local shop_redis_1" in str(stopped.value)
    assert following.fake_engine.runs == []


def test_a_state_that_is_there_is_not_doubted(bench: Bench) -> None:
    assert state.may_be_lost(bench)
    bench.folder.mkdir(parents=True, exist_ok=True)
    (bench.folder / "offline.json").write_text("{}", encoding="utf-8")
    assert not state.may_be_lost(bench)


def test_images_of_the_file_are_looked_for(open_bench: Callable[..., Bench]) -> None:
    extra = f"""  tandem:rollouts:
    web: {{live: blue, blue: {{image: "{image_id(1)}"}}, green: {{image: "sha256:{"9" * 64}"}}, standby: next}}
    admin: {{live: blue, blue: {{image: "ghcr.io/acme/admin:1"}}}}
"""
    bench = open_bench(extra=extra)
    bench.registry["ghcr.io/acme/admin:1"] = Manifest("sha256:" + "a" * 64, ("linux/arm64", "linux/amd64"))
    found = {one.subject: one for one in images.named(bench, images.wanted(bench.settings), AMD64)}
    assert found["image sha256:111111111111"].level == "good"
    assert found["image sha256:999999999999"].level == "bad"
    said = "is pulled from ghcr.io when it is needed (admin blue): sha256:aaaaaaaaaaaa, linux/arm64, linux/amd64"
    assert found["image ghcr.io/acme/admin:1"] == good("image ghcr.io/acme/admin:1", said)


def test_a_gateway_image_that_was_never_built_is_refused_with_the_command_that_builds_it(bench: Bench) -> None:
    del bench.fake_docker.images["tandem-gateway:local"]
    finding = images.gateway(bench.settings, bench.supply)
    assert finding.level == "bad"
    assert "make up" in finding.remedy
    theirs = bench.settings.model_copy(update={"images": type(bench.settings.images)(gateway="ghcr.io/acme/gateway:1")})
    assert images.gateway(theirs, bench.supply).level == "note"


def test_the_worst_finding_decides_the_exit_code() -> None:
    assert exit_code([good("a", ""), note("b", "")]) == OK
    assert exit_code([bad("a", "", ""), bad("b", "", "", REFUSED)]) == REFUSED
    assert exit_code([bad("a", "", ""), bad("b", "", "", USAGE)]) == USAGE
    assert exit_code([bad("a", "", "")]) == ENVIRONMENT


def test_check_stops_at_a_wrong_file_and_says_all_of_it(open_bench: Callable[..., Bench]) -> None:
    bench = open_bench(extra="    Bad: {prot: 1}\n")
    found = list(every.findings(bench))
    assert [finding.subject for finding in found] == ["config", "tree"]
    assert found[0].code == USAGE


def test_check_looks_at_everything(bench: Bench) -> None:
    subjects = [finding.subject for finding in every.findings(bench)]
    assert subjects == [
        "config",
        "tree",
        "secrets",
        "engine",
        "docker",
        "disk",
        "port",
        "gateway",
        "image tandem-gateway:local",
        "memory",
        "migrations",
    ]


def test_check_goes_on_without_docker(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise DockerError("permission denied")

    monkeypatch.setattr(bench.fake_docker, "info", refuse)
    found = {finding.subject: finding.level for finding in every.findings(bench)}
    of_this_machine = {"secrets": "good", "engine": "good", "docker": "bad", "disk": "good"}
    assert found == {"config": "good", "tree": "note", **of_this_machine}


@pytest.mark.parametrize(
    ("said", "found", "remedy"),
    [
        ("no Docker on 203.0.113.7; next: tandem bootstrap", "none at ssh://deploy@203.0.113.7:22", "tandem bootstrap"),
        (
            "Got permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
            "deploy is not in the group docker",
            "tandem bootstrap",
        ),
        ("Cannot connect to the Docker daemon at unix:///var/run/docker.sock.", "no daemon answers", "systemctl start"),
        ("host deploy@203.0.113.7:22: there is no route to it", "there is no route to it", ""),
    ],
)
def test_a_docker_behind_ssh_has_its_own_remedies(said: str, found: str, remedy: str) -> None:
    finding = reach.unreachable("ssh://deploy@203.0.113.7:22", said)

    assert found in finding.found
    assert remedy in finding.remedy
