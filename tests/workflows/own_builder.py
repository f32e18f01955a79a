"""A builder of its own, as `docker/setup-buildx-action` makes one in a workflow: BuildKit's daemon beside Docker."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.project import until
from tests.e2e.registry import Registry

NEEDED = {"buildx": "docker-buildx", "buildkitd": "buildkitd", "runc": "runc"}
"""What it takes → what it is called on the PATH. Debian has the first from 13 on, and the second in no suite."""


@contextmanager
def own_builder(folder: Path, registry: Registry) -> Iterator[Mapping[str, str]]:
    """The environment in which `docker buildx` has such a builder, logged in to the registry. It knows no layer yet.

    Skips where one of its programs is missing.
    """
    found = {name: shutil.which(program) for name, program in NEEDED.items()}
    if missing := [NEEDED[name] for name, path in found.items() if path is None]:
        pytest.skip(f"a builder of its own needs {', '.join(missing)} on the PATH")
    if os.geteuid() != 0:
        pytest.skip("a builder of its own needs root")
    folder.mkdir()
    plugins = folder / "docker" / "cli-plugins"
    plugins.mkdir(parents=True)
    (plugins / "docker-buildx").symlink_to(str(found["buildx"]))
    login = registry.authorization.removeprefix("Basic ")
    (folder / "docker" / "config.json").write_text(json.dumps({"auths": {registry.address: {"auth": login}}}))
    environment = {**os.environ, "DOCKER_CONFIG": str(folder / "docker")}
    door = f"unix://{folder}/buildkit.sock"
    daemon = [str(found["buildkitd"]), "--root", str(folder / "layers"), "--addr", door, "--oci-worker-net", "host"]
    with subprocess.Popen(daemon, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            until((folder / "buildkit.sock").exists)
            made = ["docker", "buildx", "create", "--driver", "remote", "--use", door]
            subprocess.run(made, env=environment, stdout=subprocess.DEVNULL, check=True)
            yield environment
        finally:
            running.terminate()
