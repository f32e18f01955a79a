"""What a branch changes about a stack, from the declarations of two commits: no engine, no state, no secrets.

For pull requests from forks. Each side's program is run from its own checkout, one after the other at the same place,
so that no path differs.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from config.load import StackFileError, parse, read_file
from config.settings import Settings
from tandem import exits
from tandem.cloud import review
from tandem.cloud.review import Allowed
from tandem.engines import EngineError, StackRef
from tandem.engines.mocks import compare, run
from tandem.engines.mocks.registered import Declared
from tandem.exits import Stop, usage
from tandem.preview import traffic
from tandem.preview.commits import Repository
from tandem.preview.document import Document, Stack, changes, unchanged
from tandem.preview.foreseen import switched
from tandem.preview.traffic import Stand
from tandem.stack import project
from tandem.stack.session import Session


@dataclass(frozen=True)
class Checkout:
    """Where the files of a commit are put for a while."""

    repository: Repository
    place: Path

    @contextmanager
    def of(self, commit: str) -> Iterator[Path]:
        """The files of a commit."""
        try:
            self.repository.write(commit, self.place)
            yield self.place
        finally:
            shutil.rmtree(self.place, ignore_errors=True)


@dataclass(frozen=True)
class Side:
    """A stack as a commit declares it; `there`: whether the commit has its stack file."""

    there: bool = False
    declared: Declared = field(default_factory=Declared)
    settings: Settings | None = None

    @property
    def stands(self) -> Mapping[str, Stand]:
        """How its apps stand."""
        return traffic.by_outputs(self.declared.outputs, self.settings.rollouts if self.settings else {})


def by_declarations(session: Session, ref: str, allow: Collection[str] = ()) -> Document:
    """What HEAD declares against its merge base with `ref`. Raises Stop, and EngineError where a program fails."""
    here = session.somewhere
    repository = Repository.around(here.directory)
    head, base = repository.head(), repository.base(ref)
    if repository.dirty():
        session.show.warn("uncommitted changes are not looked at: --since compares commits")
    with tempfile.TemporaryDirectory(prefix="tandem-since-") as folder:
        # One place for both, as a path in an input is no difference between commits. Head first: its mistakes are what
        # a pull request is to hear of, whatever the base is like.
        checkout = Checkout(repository, Path(folder).resolve() / "checkout")
        now = _side(checkout, head, here)
        was = _base(checkout, base, here) if base != head else now
    if not (now.there or was.there):
        raise usage(f"{here.file.name} is neither in {head[:12]} nor in {base[:12]}")
    stack = Stack(here.project, here.stack, commit=head, ref=ref, base=base, head=head)
    found = compared(stack, was, now, review.as_said(allow))
    for line in found.review.warnings:
        session.show.warn(line)
    return found


def compared(stack: Stack, was: Side, now: Side, allowed: Allowed = review.NOTHING) -> Document:
    """Two sides of a stack as a document. Pure."""
    plan = compare.plan(was.declared.resources, now.declared.resources)
    seen = review.review(now.settings, plan, allowed) if now.settings else review.gated(None, plan, allowed)
    return Document(
        stack=stack,
        exit=exits.REFUSED if seen.refusals else exits.OK,
        changes=changes(plan, seen.verdicts),
        unchanged=unchanged(plan),
        moves=traffic.moves(was.stands, now.stands, switched(plan)),
        review=seen,
    )


def _base(checkout: Checkout, commit: str, here: StackRef) -> Side:
    """The same of the merge base, whose mistakes are not those of this branch."""
    try:
        return _side(checkout, commit, here, strict=False)
    except (Stop, EngineError) as error:
        raise EngineError(f"the merge base {commit[:12]} declares nothing to compare with: {error}") from None


def _side(checkout: Checkout, commit: str, here: StackRef, *, strict: bool = True) -> Side:
    """`strict`: whether this command's own rules hold for the stack file; an older one may have had others."""
    with checkout.of(commit) as root:
        directory = root / checkout.repository.folder
        if not (directory / here.file.name).is_file():
            return Side()
        ref = project.find(directory, here.stack)
        if not ref.program.is_relative_to(root):
            raise usage(f"Pulumi.yaml: main: {ref.program} is outside of the repository, so no commit has it")
        return Side(True, settings=_settings(ref, strict=strict), declared=run.declared(ref, root))


def _settings(ref: StackRef, *, strict: bool) -> Settings | None:
    try:
        return parse(read_file(ref.file), ref.file.name)
    except StackFileError as error:
        if strict:
            raise usage(str(error)) from None
        return None
