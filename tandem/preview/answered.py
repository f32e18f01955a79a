"""Whatever goes wrong while a stack is looked at is told in the form in which the answer would have been."""

from __future__ import annotations

from collections.abc import Callable

from tandem import exits
from tandem.docker import DockerError
from tandem.engines import EngineError
from tandem.exits import Stop
from tandem.preview.document import Document, Stack


def answered(stack: Stack, ask: Callable[[], Document]) -> Document:
    """What `ask` answers; else a document that says why there is no answer, with the exit code of that."""
    try:
        return ask()
    except Stop as stop:
        return Document(stack, stop.code, str(stop))
    except EngineError as error:
        return Document(stack, exits.FAILED, str(error))
    except DockerError as error:
        return Document(stack, exits.ENVIRONMENT, f"docker: {error}")
