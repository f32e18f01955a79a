"""Answers the two questions that Pulumi's Python host asks pip on every run, without starting pip.

`pip --version` and `pip list --format json` take 1.5 s of CPU and stand in the way of every update. The answers are
file names: `<name>-<version>.dist-info`. Anything else is handed to the real pip. Only the engine's own subprocess has
this folder on its PYTHONPATH; a person's pip is never touched.
"""

from __future__ import annotations

import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent


def installed(paths: list[str]) -> dict[str, str]:
    """Name → version of the distributions on `paths`; the first of a name wins, as it does for imports."""
    found: dict[str, str] = {}
    for path in paths:
        for entry in Path(path or ".").glob("*-*.dist-info"):
            name, _, version = entry.name.removesuffix(".dist-info").rpartition("-")
            found.setdefault(name, version)
    return found


def main(arguments: list[str]) -> int:
    """Answers, or becomes the real pip."""
    packages = installed(sys.path)
    if arguments == ["--version"] and "pip" in packages:
        sys.stdout.write(f"pip {packages['pip']} from {FOLDER} (python 3)\n")
        return 0
    if arguments == ["list", "--format", "json"]:
        import json

        json.dump([{"name": name, "version": version} for name, version in packages.items()], sys.stdout)
        return 0
    return _real_pip()


def _real_pip() -> int:
    import runpy

    sys.path[:] = [path for path in sys.path if Path(path or ".").resolve() != FOLDER]
    sys.modules.pop("pip", None)
    runpy.run_module("pip", run_name="__main__", alter_sys=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
