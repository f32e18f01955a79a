"""Finds the stack a command is about: the folder with `Pulumi.yaml`, its project name, its program."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from tandem.engines import StackRef
from tandem.exits import usage


def find(directory: Path | None, stack: str, *, with_file: bool = True) -> StackRef:
    """The stack `stack` of the project in `directory`, or of the nearest `Pulumi.yaml` from here upwards."""
    folder = _folder(directory)
    project = _read(folder / "Pulumi.yaml")
    name = project.get("name")
    if not isinstance(name, str) or not name:
        raise usage(f"{folder / 'Pulumi.yaml'}: name: expected the project's name, for example `name: tandem`")
    ref = StackRef(folder, name, stack, (folder / str(project.get("main") or ".")).resolve())
    if with_file and not ref.file.is_file():
        raise usage(f"{ref.file} does not exist; {_known_stacks(folder)}")
    return ref


def _folder(directory: Path | None) -> Path:
    if directory is not None:
        if not (directory / "Pulumi.yaml").is_file():
            raise usage(f"{directory}: no Pulumi.yaml here; -C expects the folder of a project")
        return directory.resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "Pulumi.yaml").is_file():
            return folder
    raise usage(f"no Pulumi.yaml in {here} or above it; go to the project or name it with -C")


def _read(file: Path) -> dict[str, Any]:
    from ruamel.yaml.error import YAMLError

    try:
        loaded = _document(file.read_text(encoding="utf-8"))
    except (YAMLError, UnicodeDecodeError) as error:
        raise usage(f"{file} is not valid YAML: {error}") from None
    if not isinstance(loaded, dict):
        raise usage(f"{file}: expected keys such as `name:` and `runtime:`")
    return loaded


@lru_cache(maxsize=4)
def _document(text: str) -> Any:
    """Only looked at; every session of a process asks anew."""
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).load(text)


def _known_stacks(folder: Path) -> str:
    stacks = sorted(file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in folder.glob("Pulumi.*.yaml"))
    if not stacks:
        return "this project has no stack file yet"
    return f"stacks of this project: {', '.join(stacks)} (choose with -s or TANDEM_STACK)"
