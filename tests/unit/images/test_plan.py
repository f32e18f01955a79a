"""Which images there are, and when one has to be built again."""

from __future__ import annotations

from pathlib import Path

from images import plan
from images.daemon import proxies


def image(context: Path, **arguments: str) -> plan.Image:
    return plan.Image("demo:1", context, "debian:13-slim", arguments, "tandem-demo")


def test_everything_that_others_rely_on_is_made() -> None:
    assert {made.alias for made in plan.images()} == {
        *("demo:1", "demo:2", "demo:3", "demo:crash", "demo:sick", "demo:errors"),
        "tandem-gateway:local",
    }


def test_every_image_has_a_dockerfile_and_its_own_tag() -> None:
    images = plan.images()
    assert all((made.context / "Dockerfile").is_file() for made in images)
    assert len({made.tag("base") for made in images}) == len(images)


def test_a_tag_follows_content_mode_arguments_and_base(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_text("one")
    tags = [image(tmp_path).tag("a"), image(tmp_path).tag("b"), image(tmp_path, VERSION="1").tag("a")]
    file.chmod(0o755)
    tags.append(image(tmp_path).tag("a"))
    file.write_text("two")
    tags.append(image(tmp_path).tag("a"))
    file.rename(tmp_path / "other.py")
    tags.append(image(tmp_path).tag("a"))
    assert len(set(tags)) == len(tags)


def test_byte_code_changes_no_tag(tmp_path: Path) -> None:
    before = image(tmp_path).tag("a")
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "app.pyc").write_bytes(b"x")
    assert image(tmp_path).tag("a") == before


def test_a_gateway_tag_is_beside_the_alias() -> None:
    assert plan.images()[0].tag("debian").startswith("tandem-gateway:")


def test_proxies_are_passed_on_in_either_spelling() -> None:
    env = {"HTTP_PROXY": "http://proxy:3128", "no_proxy": "localhost", "https_proxy": "", "PATH": "/bin"}
    assert proxies(env) == {"http_proxy": "http://proxy:3128", "no_proxy": "localhost"}
