"""What registries say of an image before it is pulled, and for which machines it is."""

from __future__ import annotations

import pytest

from config.registries import Login
from tandem.docker import platforms, registry

REFERENCE = "ghcr.io/acme/web:7"
AWS = Login(user="AWS", password_command=("aws",))
LOGIN = Login(user="acme", password="GHCR_TOKEN")

SAID = [
    ("manifest unknown: manifest unknown", "absent"),
    ("manifest for 127.0.0.1:5000/acme/web:7 not found: manifest unknown: manifest unknown", "absent"),
    ("unauthorized: authentication required", "unauthorised"),
    ('Head "http://r/v2/acme/web/manifests/1": no basic auth credentials', "unauthorised"),
    ("denied: requested access to the resource is denied", "denied"),
    ("pull access denied for acme/web, repository does not exist or may require 'docker login'", "denied"),
    ("error parsing HTTP 403 response body: Forbidden", "denied"),
    ('Get "http://127.0.0.1:9/v2/": dial tcp 127.0.0.1:9: connect: connection refused', "unreachable"),
    ('Get "https://r.invalid/v2/": dial tcp: lookup r.invalid on 10.0.0.53:53: no such host', "unreachable"),
    ("net/http: request canceled (Client.Timeout exceeded while awaiting headers)", "unreachable"),
    ("http: server gave HTTP response to HTTPS client", "unreachable"),
    ("no matching manifest for linux/amd64 in the manifest list entries", "platform"),
    ("toomanyrequests: You have reached your pull rate limit", "limited"),
    (
        "error parsing HTTP 429 response body: invalid character '<': \"<title>429 Too Many Requests</title>\"",
        "limited",
    ),
    ("received unexpected HTTP status: 500 Internal Server Error", "failing"),
    ("unexpected status from HEAD request to https://r.test/v2/acme/web/manifests/1: 502 Bad Gateway", "failing"),
    ("something new", "other"),
]
"""By Docker 20.10 and the registry of Debian's package, but for the Hub's own words and those of other platforms."""


@pytest.mark.parametrize(("said", "kind"), SAID)
def test_the_words_of_registries_are_understood(said: str, kind: str) -> None:
    assert registry.trouble(said) == kind


@pytest.mark.parametrize(
    ("said", "login", "expected"),
    [
        ("manifest unknown", LOGIN, "docker push ghcr.io/acme/web:7"),
        ("unauthorized", LOGIN, "does not take GHCR_TOKEN as the password of acme: give it a new value"),
        ("unauthorized", AWS, "does not take what registries.ghcr.io.password_command prints for AWS: run it"),
        ("unauthorized", None, "under tandem:registries"),
        ("denied", LOGIN, "acme may not read it at ghcr.io: look at what GHCR_TOKEN may do"),
        ("denied", AWS, "what its password_command prints may do"),
        ("dial tcp", None, "203.0.113.7 does not reach ghcr.io: tandem ssh -- curl -sSI https://ghcr.io/v2/"),
        ("toomanyrequests", None, "answers strangers only so often: name it under tandem:registries, or wait"),
        ("toomanyrequests", LOGIN, "ghcr.io answers acme only so often: wait"),
        ("503 Service Unavailable", None, "once `tandem ssh -- curl -sSI https://ghcr.io/v2/` says 200 or 401"),
        ("something new", None, "docker build -t ghcr.io/acme/web:7"),
    ],
)
def test_each_refusal_has_its_next_step(said: str, login: Login | None, expected: str) -> None:
    assert expected in registry.remedy(said, REFERENCE, login, "203.0.113.7", "tandem ssh -- ")


def test_what_builders_add_about_an_image_is_no_platform() -> None:
    amd64, arm = {"os": "linux", "architecture": "amd64"}, {"os": "linux", "architecture": "arm", "variant": "v7"}
    told = {
        "Descriptor": {"digest": "sha256:1"},
        "Platforms": [amd64, arm, {"os": "unknown", "architecture": "unknown"}],
    }
    assert registry.manifest(told) == registry.Manifest("sha256:1", ("linux/amd64", "linux/arm/v7"))


@pytest.mark.parametrize(
    ("image", "machine", "runs"),
    [
        ("linux/amd64", "x86_64", True),
        ("linux/arm64", "x86_64", False),
        ("linux/arm64/v8", "aarch64", True),
        ("linux/arm/v7", "aarch64", True),
        ("linux/amd64", "aarch64", False),
        ("linux/386", "x86_64", True),
        ("windows/amd64", "x86_64", False),
        ("linux/riscv64", "riscv64", True),
        ("", "x86_64", True),
        ("linux/arm64", "", True),
    ],
)
def test_an_image_runs_where_its_platform_is(image: str, machine: str, runs: bool) -> None:
    host = platforms.of_the_host({"OSType": "linux", "Architecture": machine})
    assert platforms.runs(image, host) is runs


def test_one_platform_of_several_is_enough() -> None:
    assert platforms.any_runs(["linux/arm64", "linux/amd64"], "linux/amd64")
    assert not platforms.any_runs(["linux/arm64", "linux/s390x"], "linux/amd64")
    assert platforms.any_runs([], "linux/amd64")


def test_of_a_page_that_docker_cannot_read_only_the_status_is_told() -> None:
    said = "error parsing HTTP 403 response body: invalid character '<': \"<html>\r\n<title>403</title>\r\n</html>\""
    assert registry.words(said) == "403 Forbidden, in words that are no registry's"
    assert registry.words("denied: no") == "denied: no"


def test_a_status_that_only_a_proxy_knows_passes_like_its_neighbours() -> None:
    said = "Error response from daemon: error parsing HTTP 520 response body: invalid character '<': \"<html>\""

    assert registry.passes(said)
    assert registry.words(said) == "Error response from daemon: 520, in words that are no registry's"
