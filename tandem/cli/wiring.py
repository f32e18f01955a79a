"""Options that every command takes, before or after its name, and the one place where an end becomes an exit code."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup

from tandem import exits
from tandem.docker import STRAY, DockerError
from tandem.exits import FailedRun, Stop
from tandem.options import Options
from tandem.progress import Show
from tandem.show import open_show

PATIENCE = 600
"""Seconds that `--wait` without a number waits."""

Directory = Annotated[Path | None, typer.Option("--directory", "-C", help="Folder of the project.", show_default=False)]
Stack = Annotated[
    str | None, typer.Option("--stack", "-s", help="Stack (env TANDEM_STACK; default local).", show_default=False)
]
Engine = Annotated[
    str | None, typer.Option("--engine", help="pulumi or offline (env TANDEM_USE_ENGINE).", show_default=False)
]
JsonLines = Annotated[bool, typer.Option("--json", help="JSON lines on stdout; the last one is the summary.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the file's diff and a preview; change nothing.")]
Wait = Annotated[
    float,
    typer.Option(
        "--wait",
        metavar="[SECONDS]",
        min=0,
        help=f"Wait for another command on this stack; without a number {PATIENCE} s.",
        show_default=False,
    ),
]

_SHARED: dict[str, tuple[Any, Any]] = {
    "directory": (Directory, None),
    "stack": (Stack, None),
    "engine": (Engine, None),
    "json": (JsonLines, False),
    "yes": (Yes, False),
    "dry_run": (DryRun, False),
    "wait": (Wait, 0.0),
}


class Command(TyperCommand):
    """A command whose `--wait` may stand without a number."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """See the base class."""
        return super().parse_args(ctx, spelled_out(args))


class Group(TyperGroup):
    """The same for options that stand before the command's name."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """See the base class."""
        at = next((number for number, word in enumerate(args) if word in self.commands), len(args))
        return super().parse_args(ctx, [*spelled_out(args[:at]), *args[at:]])


def spelled_out(words: list[str]) -> list[str]:
    """`--wait` without a number behind it as `--wait=600`."""
    found: list[str] = []
    for number, word in enumerate(words):
        if word == "--":
            return [*found, *words[number:]]
        bare = word == "--wait" and not re.fullmatch(r"-?[0-9.]+", next(iter(words[number + 1 :]), ""))
        found.append(f"--wait={PATIENCE}" if bare else word)
    return found


class Root(typer.Typer):
    """The typer application, whose commands get a `Session` as their first argument."""

    def story(
        self, name: str, *, hidden: bool = False, raw: bool = False
    ) -> Callable[[Callable[..., None]], Callable[..., None]]:
        """Registers a command. `raw`: words that are no options of ours are passed on (exec)."""

        def register(function: Callable[..., None]) -> Callable[..., None]:
            settings = {"ignore_unknown_options": True, "allow_interspersed_args": False} if raw else {}
            kind = None if raw else Command
            self.command(name, cls=kind, hidden=hidden, context_settings=settings)(_with_session(function))
            return function

        return register


def options_before(
    context: typer.Context,
    *,
    directory: Directory = None,
    stack: Stack = None,
    engine: Engine = None,
    json: JsonLines = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    wait: Wait = 0.0,
) -> None:
    """Options said before the command's name."""
    given: dict[str, Any] = {"directory": directory, "stack": stack, "engine": engine, "json": json, "yes": yes}
    given |= {"dry_run": dry_run, "wait": wait}
    context.obj = _with(_defaults(), given)


def _with(options: Options, given: Mapping[str, Any]) -> Options:
    return replace(options, **{name: value for name, value in given.items() if value})


def _defaults() -> Options:
    return Options(stack=os.environ.get("TANDEM_STACK") or "local", engine=os.environ.get("TANDEM_USE_ENGINE") or None)


def _with_session(function: Callable[..., None]) -> Callable[..., None]:
    hints = get_type_hints(function, localns={"Session": object}, include_extras=True)
    own = [
        parameter.replace(annotation=hints[parameter.name], kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in list(inspect.signature(function).parameters.values())[1:]
    ]
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in _SHARED.items()
    ]
    context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)

    def run(**given: Any) -> None:
        said = {name: given.pop(name) for name in _SHARED}
        before: Options = given.pop("context").obj or _defaults()
        options = _with(before, said)
        from tandem.session import Session  # what a command works with is loaded when one is sure to run

        show = open_show(json_lines=options.json)
        session = Session(options, show, scrub())
        raise typer.Exit(guarded(lambda: function(session, **given), show))

    run.__signature__ = inspect.Signature([context, *own, *shared])  # type: ignore[attr-defined]
    run.__annotations__ = {}
    run.__doc__ = function.__doc__
    return run


def guarded(story: Callable[[], None], show: Show) -> int:
    """Tells a story and returns its exit code; every foreseen end is said in one place and one way."""
    from tandem.engines import EngineError

    try:
        story()
    except Stop as stop:
        show.fail(str(stop), stop.code)
        return stop.code
    except FailedRun as failed:
        show.fail(str(failed), failed.code, failed.summary)
        return failed.code
    except EngineError as error:
        show.fail(str(error), exits.FAILED)
        return exits.FAILED
    except DockerError as error:
        show.fail(f"docker: {error}\n`tandem check` says what to do", exits.ENVIRONMENT)
        return exits.ENVIRONMENT
    except KeyboardInterrupt:
        show.fail("interrupted; nothing was changed", exits.INTERRUPTED)
        return exits.INTERRUPTED
    return exits.OK


def scrub() -> dict[str, str]:
    """Takes out of this process what would send Docker elsewhere than the stack says; returns what it was."""
    return {name: os.environ.pop(name) for name in STRAY if os.environ.get(name)}
