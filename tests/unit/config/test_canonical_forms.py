"""One spelling per value: the one that Docker and the engine give back."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from config import base, canonical


def accepts(form: Any, value: object) -> bool:
    try:
        TypeAdapter(form).validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("form", "right", "wrong"),
    [
        (
            base.Duration,
            ["1s", "30s", "1m0s", "1m30s", "1h0m0s", "24h0m0s"],
            ["", "0s", "60s", "1m", "1h", "90s", "1.5s"],
        ),
        (base.Duration, ["10m0s"], ["05s", "1m05s", "24h0m1s", "-1s", "1h0s", " 1s", "1s\n", "\u0661s", 30]),
        (
            base.Cpus,
            ["1.0", "0.5", "0.1", "1.25", "2.75", "10.", "12.0", "10.5"],
            ["1", "1.", "01.0", "0.0", "0", "0.05"],
        ),
        (base.Cpus, ["1.05"], ["1.50", "10", "10.0", "10.05", "1,5", "", 1.0, 2]),
        (base.Capability, ["CAP_NET_BIND_SERVICE"], ["NET_BIND_SERVICE", "cap_chown", "ALL", "CAP_ALL", "CAP_CHOWN "]),
        (base.Size, ["64m", "1g", "512k"], ["64M", "64mb", "0m", "64", "1.5g", 64]),
        (base.Port, [1, 8000, 65535], [0, 65536, "80", 80.0, True]),
        (base.User, ["65534:65534", "1000", "app", "app:staff"], ["", "App", "1000:", 1000]),
        (
            base.Domain,
            ["localhost", "web.localhost", "a-b.example.com"],
            ["", "-a.com", "a..b", "a_b.com", "*.a.com", "a.com:80"],
        ),
        (base.ContainerPath, ["/data", "/var/lib/x"], ["/", "data", "/data/", "/a//b", "/a/../b", "/a b", "/a:ro"]),
        (base.Address, ["127.0.0.1", "0.0.0.0", "::"], ["localhost", "1.2.3", "127.0.0.1:80"]),
        (base.UrlPath, ["/", "/healthz?full=1"], ["healthz", "/a b", "http://x/", ""]),
        (base.SecretName, ["DATABASE_URL"], ["database_url", "1A", "TANDEM_X", "A-B"]),
        (base.Line, ["ready to accept", "-q"], ["", "  ", "a\nb", "a\r"]),
        (base.Hash8, ["5fe29bd5", "12345678"], ["5FE29BD5", "5fe29bd", 12345678]),
        (base.LabelName, ["com.example.team"], ["tandem.app", "Team", "a b", ""]),
    ],
)
def test_a_form_accepts_one_spelling_only(form: Any, right: list[object], wrong: list[object]) -> None:
    assert [value for value in right if not accepts(form, value)] == []
    assert [value for value in wrong if accepts(form, value)] == []


@pytest.mark.parametrize(
    "image",
    [
        "demo:1",
        "ghcr.io/acme/web:1.4",
        "localhost:5000/web:1",
        "web@sha256:" + "9c" * 32,
        "ghcr.io/acme/web:1.4@sha256:" + "9c" * 32,
        "sha256:" + "9c" * 32,
    ],
)
def test_an_image_is_named_by_tag_digest_or_id(image: str) -> None:
    assert accepts(base.Image, image)
    assert base.is_pinned(image) == ("sha256:" in image)


@pytest.mark.parametrize(
    "image", ["demo", "Demo:1", "localhost:5000/web", "web@sha256:9c", "sha256:9c", "web:", "a b:1", ""]
)
def test_an_image_that_may_be_anything_is_refused(image: str) -> None:
    assert not accepts(base.Image, image)


def test_the_longest_app_name_still_makes_a_dns_label() -> None:
    longest = "w" * base.LONGEST_APP_NAME

    assert accepts(base.AppName, longest)
    assert len(f"{longest}-green-1a2b3c4d-1a2b3c4") == 63
    assert not accepts(base.AppName, longest + "w")


@pytest.mark.parametrize(
    "name", ["web--x", "web-", "1web", "web_x", "blue", "my-green", "network", "http", "arg-x", "cookie"]
)
def test_an_app_name_that_would_collide_is_refused(name: str) -> None:
    assert not accepts(base.AppName, name)


@pytest.mark.parametrize("name", ["web", "web2", "https", "argus", "greenhouse", "sent", "upstream"])
def test_an_app_name_that_only_looks_like_a_collision_is_fine(name: str) -> None:
    assert accepts(base.AppName, name)


@pytest.mark.parametrize(("text", "total"), [("30s", 30), ("1m30s", 90), ("1h0m0s", 3600), ("25h1m1s", 90061)])
def test_seconds_and_durations_are_two_ways_to_say_the_same(text: str, total: int) -> None:
    assert base.seconds(text) == total
    assert canonical.duration(total) == text


@pytest.mark.parametrize("text", ["", "30", "1.5s", "s"])
def test_seconds_of_something_else_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        base.seconds(text)


@pytest.mark.parametrize(
    ("written", "read_back"),
    # The first five are the provider's own test cases, the others what its rule makes of them.
    [
        ("1", "1.0"),
        ("1.5", "1.5"),
        ("2", "2.0"),
        ("2.25", "2.25"),
        ("0.5", "0.5"),
        ("10", "10."),
        ("12", "12.0"),
        ("0.05", "0.1"),
    ],
)
def test_cpus_are_read_back_as_the_provider_does(written: str, read_back: str) -> None:
    assert canonical.cpus(written) == read_back
