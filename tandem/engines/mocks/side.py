"""The process in which a checkout's program runs on mocks: `python -P -m tandem.engines.mocks.side`.

The program brings its own `config`, `components` and so on, so nothing of ours but this room is loaded beside it.
stdin: `{root, program, project, stack, config}`; stdout: `{resources, outputs}` or `{error}`, in JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import runpy
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import mocks, settings

from tandem.engines.explained import explained
from tandem.engines.mocks import google
from tandem.engines.mocks.recorder import OneThread, Providers, Recorder
from tandem.engines.mocks.registered import Registered

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM0HMcHnQ3lyY0SEfj2S5/Yd0nqkzsQcXqkl2JWo3sCe"
"""Of a machine that does not exist."""
ANSWERS: Mapping[str, Any] = {
    google.GUEST_ATTRIBUTES: google.host_keys(HOST_KEY),
    google.SECRETS: {"secrets": []},
}
_OURS = Path(__file__).resolve().parents[3]


def main() -> None:
    """Reads what to run, runs it, answers."""
    asked = json.load(sys.stdin)
    # Whatever the program prints is for people; the answer goes where stdout was.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answer:
        os.dup2(2, 1)
        program = Path(asked["program"])
        sys.path[:] = [str(program), *(place for place in sys.path if Path(place).resolve() != _OURS)]
        os.chdir(program)
        try:
            said = declared(program, asked)
        except (Exception, SystemExit) as error:  # noqa: BLE001  (whatever a program of others raises)
            said = {"error": explained(error, program)}
        json.dump(said, answer, default=_described)


def declared(program: Path, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What the program registers, and its outputs. Raises what it raises."""
    resources: list[Registered] = []
    outputs: dict[str, Any] = {}
    asyncio.set_event_loop(OneThread())
    providers = Providers(ANSWERS)
    mocks.set_mocks(
        providers, project=asked["project"], stack=asked["stack"], preview=False, monitor=Recorder(resources, providers)
    )
    pulumi.runtime.set_all_config(asked["config"])

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def whole() -> pulumi.Output[None]:
        runpy.run_path(str(program / "__main__.py"), run_name="__main__")
        root = settings.get_root_resource()
        assert root is not None
        return pulumi.Output.from_input(root.outputs).apply(outputs.update)  # type: ignore[attr-defined]

    whole()
    return {"resources": [asdict(one) for one in sorted(resources, key=lambda one: one.urn)], "outputs": outputs}


def _described(value: object) -> str:
    """An asset or an archive, by what is in it."""
    return f"{type(value).__name__} {sorted(vars(value).items()) if hasattr(value, '__dict__') else value}"


if __name__ == "__main__":
    main()
