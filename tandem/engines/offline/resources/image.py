"""docker.RemoteImage: an image found, pulled or built on the Docker host."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tandem.engines.offline.resources.docker import Docker, DockerError
from tandem.engines.offline.resources.kind import Made, StepError, World
from tandem.engines.offline.schema import Schema, nested, replacing, updating


def present(world: World, image: str) -> dict[str, Any]:
    """The image's description, pulling it when the host has none. Raises StepError naming it."""
    docker = world.docker()
    found = docker.inspect_image(image)
    if found is not None:
        return found
    if image.startswith("sha256:"):
        raise StepError(
            f"image {image} is not on the Docker host, and an image ID cannot be pulled; "
            "build or load it there, or give its name with a digest"
        )
    try:
        docker.pull_image(image, world.login(image))
    except DockerError as error:
        raise StepError(f"image {image} is not on the Docker host and cannot be pulled: {error}") from error
    found = docker.inspect_image(image)
    if found is None:
        raise StepError(f"image {image} is not on the Docker host even after it was pulled")
    return found


class Image:
    """An image by name. With `build` it is built there, else it is pulled when absent."""

    schema = Schema(
        type="docker:index/remoteImage:RemoteImage",
        properties=replacing("name", "triggers", "pullTriggers", "platform")
        | updating("keepLocally", "forceRemove")
        | {
            "build": nested(
                "context", "dockerfile", "buildArgs", "labels", "label", "networkMode", "tags", "target", "noCache",
                "pullParent", "extraHosts", "remove", "forceRemove",
            )
        },
        required=("name",),
        computed=("imageId", "repoDigest"),
    )  # fmt: skip

    def create(self, world: World, physical: str, inputs: Mapping[str, Any]) -> Made:  # noqa: ARG002
        """Builds it, or makes sure that it is there."""
        name = inputs["name"]
        docker = world.docker()
        if "build" in inputs:
            _build(docker, name, inputs)
        found = present(world, name)
        digests = found.get("RepoDigests") or [""]
        return Made(f"{found['Id']}{name}", {"imageId": found["Id"], "repoDigest": digests[0]})

    def update(self, world: World, made: Made, inputs: Mapping[str, Any], changed: tuple[str, ...]) -> Made:  # noqa: ARG002
        """Only what a later delete does changes in place."""
        return made

    def delete(self, world: World, made: Made, inputs: Mapping[str, Any]) -> None:
        """Removes or untags it, unless `keepLocally`, or unless its name means another image by now."""
        if inputs.get("keepLocally"):
            return
        docker = world.docker()
        found = docker.inspect_image(inputs["name"])
        if found is None or found["Id"] != made.computed["imageId"]:
            return
        try:
            docker.remove_image(inputs["name"], force=bool(inputs.get("forceRemove")))
        except DockerError as error:
            raise StepError(f"image {inputs['name']}: {error}") from error

    def leftover(self, world: World, made: Made, physical: str, inputs: Mapping[str, Any]) -> Made | None:  # noqa: ARG002
        """Building and pulling again is cheap and changes nothing that is there."""
        return None

    def is_gone(self, world: World, made: Made, inputs: Mapping[str, Any]) -> bool:  # noqa: ARG002
        """Deleted again if it still has to go."""
        return False


def _build(docker: Docker, name: str, inputs: Mapping[str, Any]) -> None:
    build = inputs["build"]
    context = Path(build["context"]).resolve()
    if not context.is_dir():
        raise StepError(f"image {name}: its build context {context} is not a directory")
    settings = {
        "path": str(context),
        "tag": name,
        "dockerfile": build.get("dockerfile", "Dockerfile"),
        "buildargs": build.get("buildArgs"),
        "labels": build.get("labels") or build.get("label"),
        "network_mode": build.get("networkMode"),
        "target": build.get("target", ""),
        "nocache": build.get("noCache", False),
        "pull": build.get("pullParent", False),
        "platform": inputs.get("platform"),
        "extra_hosts": _hosts(build.get("extraHosts", [])),
    }
    try:
        docker.build_image(settings)
    except (DockerError, OSError, TypeError) as error:
        raise StepError(f"image {name} cannot be built from {context}: {error}") from error


def _hosts(entries: list[str]) -> dict[str, str] | None:
    return dict(entry.split(":", 1) for entry in entries) or None
