"""`tandem preview --markdown`, `--json`, `--output`, `--since`: look, tell it in the form that was asked for, and end.

Whatever goes wrong becomes part of what is told: a pull request shows why there is no plan, too.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from tandem.looks import outputs
from tandem.preview.answered import answered
from tandem.preview.document import Document, Stack
from tandem.preview.markdown import render
from tandem.preview.masking import masker, secrets
from tandem.preview.noting import Noting
from tandem.says.progress import Plain
from tandem.says.summary import Summary
from tandem.stack.session import Session

Style = Literal["text", "markdown", "json"]


@dataclass(frozen=True)
class Asked:
    """What a person wants: the form, a file for it too, what the gate is to let pass, and `since` which commit."""

    style: Style = "text"
    output: Path | None = None
    allow: tuple[str, ...] = ()
    since: str | None = None


def run(session: Session, asked: Asked) -> int:
    """Tells it and returns the exit code."""
    # stdout belongs to the comment or the document; what happens meanwhile goes beside it.
    session.show = noting = Noting(session.show if asked.style == "text" else Plain(out=sys.stderr))
    found = _looked(session, asked)
    document = replace(found, notes=[*found.notes, *noting.notes]).masked(masker(secrets(session)))
    told = json.dumps(document.as_json(), ensure_ascii=False) + "\n" if asked.style == "json" else render(document)
    if asked.output:
        outputs.into(asked.output)(told)
    if asked.style != "text":
        sys.stdout.write(told)
        sys.stdout.flush()
    _end(noting, document)
    return document.exit


def _looked(session: Session, asked: Asked) -> Document:
    stack = Stack(session.somewhere.project, session.somewhere.stack, ref=asked.since or "")
    return answered(stack, _way(session, asked))


def _way(session: Session, asked: Asked) -> Callable[[], Document]:
    if asked.since:
        from tandem.preview.since import by_declarations

        ref = asked.since
        return lambda: by_declarations(session, ref, asked.allow)
    from tandem.preview.foreseen import by_engine

    return lambda: by_engine(session, asked.allow)


def _end(noting: Noting, document: Document) -> None:
    counts = {change.operation: document.count(change.operation) for change in document.changes}
    summary = Summary(
        "preview", document.stack.engine or "none", {**counts, "same": document.unchanged}, document.seconds
    )
    if document.exit:
        noting.fail(_last_word(document), document.exit, summary)
    else:
        noting.end(summary)


def _last_word(document: Document) -> str:
    first = document.error or "preview: refused"
    return "\n".join([first, *document.review.refusals])
