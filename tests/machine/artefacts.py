"""Times that the tests meet, for the documentation: printed and kept, never asserted."""

from __future__ import annotations

import json

from config.names import ROOT

FILE = ROOT / "artefacts" / "machine.jsonl"


def note(what: str, seconds: float, **more: object) -> None:
    """One line, on the screen (`pytest -s`) and in `artefacts/machine.jsonl`."""
    line = json.dumps({"what": what, "seconds": round(seconds, 2), **more})
    FILE.parent.mkdir(exist_ok=True)
    with FILE.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    print(line)  # noqa: T201
