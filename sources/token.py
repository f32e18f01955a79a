"""A bearer token, from a variable or a file that only its owner can read. What cannot stand in a header is refused."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from sources.found import SourceError

LONGEST = 512
_FORM = re.compile(r"[A-Za-z0-9._~+/=-]+")
_PRIVATE = 0o077
"""Mode bits by which others could read or change the file."""


def from_variable(variable: str, environment: Mapping[str, str] | None = None) -> str:
    """The token in a variable. Raises SourceError."""
    said = (os.environ if environment is None else environment).get(variable, "")
    if not said:
        raise SourceError(f"{variable} is not set; next: export {variable}=… or name a file with token_file")
    return _sound(said, variable)


def from_file(path: str) -> str:
    """The token in a file; the end of its only line is no part of it. Raises SourceError."""
    file = Path(path).expanduser()
    try:
        # Not waiting for a pipe's other end.
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise SourceError(f"the token's file {path} does not exist; next: write the token there, mode 0400") from None
    except OSError as error:
        raise SourceError(f"the token's file {path} cannot be read: {error.strerror}") from None
    try:
        # Of what was opened, not of what has the name by now.
        _refuse_open(os.fstat(descriptor).st_mode, path)
        said = os.read(descriptor, LONGEST + 2)
    finally:
        os.close(descriptor)
    return _sound(said.decode("utf-8", "replace").removesuffix("\n"), path)


def _refuse_open(mode: int, path: str) -> None:
    if not stat.S_ISREG(mode):
        raise SourceError(f"the token's file {path} is no file")
    bits = stat.S_IMODE(mode)
    if bits & _PRIVATE:
        raise SourceError(f"the token's file {path} can be read by others (mode {bits:04o}); next: chmod 0400 {path}")


def _sound(said: str, where: str) -> str:
    complaint = _complaint(said)
    if complaint:
        raise SourceError(f"the token in {where} {complaint}")
    return said


def _complaint(said: str) -> str | None:
    if not said:
        return "is empty"
    if "\r" in said:
        return r"has a carriage return, as Windows ends lines; next: tr -d '\r', nothing was sent"
    if any(mark.isspace() for mark in said):
        return "has a space or a line break in it; next: write nothing but the token, nothing was sent"
    if len(said) > LONGEST or not _FORM.fullmatch(said):
        return "is no token: only letters, digits and . _ - may be in it; nothing was sent"
    return None
