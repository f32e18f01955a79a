"""Options that every command takes, before or after its name, and the one place where an end becomes an exit code."""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from tandem import exits
from tandem.cli import early
from tandem.cli.helping import SHARED, Told, ToldGroup
from tandem.docker import STRAY, DockerError
from tandem.exits import FailedRun, Stop
from tandem.says.progress import Show
from tandem.says.show import open_show
from tandem.says.summary import Summary
from tandem.stack.options import Options

PATIENCE = 600
"""Seconds that `--wait` without a number waits."""

DISTRIBUTION = "tandem-deploy"
"""Name of the package that has the command, in pyproject.toml."""

Directory = Annotated[
    Path | None,
    typer.Option(
        "--directory", "-C", metavar="FOLDER", help="The project's folder.", show_default=False, rich_help_panel=SHARED
    ),
]
Stack = Annotated[
    str | None,
    typer.Option(
        "--stack",
        "-s",
        metavar="NAME",
        help="The stack; else TANDEM_STACK, else local.",
        show_default=False,
        rich_help_panel=SHARED,
    ),
]
Engine = Annotated[
    str | None,
    typer.Option(
        "--engine",
        metavar="NAME",
        help="pulumi or offline; else TANDEM_USE_ENGINE, else the stack's own.",
        show_default=False,
        rich_help_panel=SHARED,
    ),
]
JsonLines = Annotated[
    bool, typer.Option("--json", help="JSON lines on stdout; the last one is the summary.", rich_help_panel=SHARED)
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.", rich_help_panel=SHARED)]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Show the file's diff and a preview; change nothing.", rich_help_panel=SHARED),
]
Wait = Annotated[
    float,
    typer.Option(
        "--wait",
        metavar="[SECONDS]",
        min=0,
        help=f"Wait for another command on this stack; without a number {PATIENCE} s.",
        show_default=False,
        rich_help_panel=SHARED,
    ),
]

Commit = Annotated[
    bool,
    typer.Option("--commit", help="Commit and push the stack file: before anything moves, and what came of it."),
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


class Command(Told):
    """A command whose `--wait` may stand without a number."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """See the base class."""
        return super().parse_args(ctx, spelled_out(args))


class Group(ToldGroup):
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
        self, name: str, *, panel: str, hidden: bool = False, raw: bool = False, writes: bool = False
    ) -> Callable[[Callable[..., None]], Callable[..., None]]:
        """Registers a command.

        `panel`: where the list of commands has it. `raw`: words that are no options of ours are passed on (exec).
        `writes`: it moves rollouts and takes --commit.
        """

        def register(function: Callable[..., None]) -> Callable[..., None]:
            settings = {"ignore_unknown_options": True, "allow_interspersed_args": False} if raw else {}
            kind = Told if raw else Command
            made = self.command(name, cls=kind, hidden=hidden, context_settings=settings, rich_help_panel=panel)
            made(_with_session(function, writes))
            return function

        return register


def _tell_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"tandem {version(DISTRIBUTION)}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", is_eager=True, callback=_tell_version, help="Show the version and exit.")
]


def options_before(
    context: typer.Context,
    *,
    version: Version = False,
    directory: Directory = None,
    stack: Stack = None,
    engine: Engine = None,
    json: JsonLines = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    wait: Wait = 0.0,
) -> None:
    """Options said before the command's name."""
    del version  # told, and ended, by its callback
    given: dict[str, Any] = {"directory": directory, "stack": stack, "engine": engine, "json": json, "yes": yes}
    given |= {"dry_run": dry_run, "wait": wait}
    context.obj = _with(_defaults(), given)


def _with(options: Options, given: Mapping[str, Any]) -> Options:
    return replace(options, **{name: value for name, value in given.items() if value})


def _defaults() -> Options:
    return Options(stack=os.environ.get("TANDEM_STACK") or "local", engine=os.environ.get("TANDEM_USE_ENGINE") or None)


def _with_session(function: Callable[..., None], writes: bool) -> Callable[..., None]:
    hints = get_type_hints(function, localns={"Session": object}, include_extras=True)
    own = [
        parameter.replace(annotation=hints[parameter.name], kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in list(inspect.signature(function).parameters.values())[1:]
    ]
    taken = {**_SHARED, "commit": (Commit, False)} if writes else _SHARED
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in taken.items()
    ]
    context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)

    def run(**given: Any) -> None:
        said = {name: given.pop(name) for name in taken}
        before: Options = given.pop("context").obj or _defaults()
        options = _with(before, said)
        from tandem.stack.session import Session  # what a command works with is loaded when one is sure to run

        show = open_show(json_lines=options.json)
        session = Session(options, show, scrub())
        raise typer.Exit(guarded(lambda: function(session, **given), show))

    run.__signature__ = inspect.Signature([context, *own, *shared])  # type: ignore[attr-defined]
    run.__annotations__ = {}
    run.__doc__ = function.__doc__
    return run


def guarded(story: Callable[[], None], show: Show) -> int:
    """Tells a story and returns its exit code; every foreseen end is said in one place and one way."""
    early.over()
    from tandem.engines import EngineError

    try:
        story()
    except BrokenPipeError:
        raise  # whoever read our words has gone; typer ends quietly
    except (Stop, FailedRun, EngineError, DockerError, OSError, KeyboardInterrupt) as error:
        message, code = _end_of(error)
        _last_word(show, message, code, error.summary if isinstance(error, FailedRun) else None)
        return code
    return exits.OK


def _end_of(error: BaseException) -> tuple[str, int]:
    """What to say of it, and the exit code."""
    from tandem.checks import reach
    from tandem.says import refusals

    if isinstance(error, Stop | FailedRun):
        return str(error), error.code
    if isinstance(error, DockerError):
        return reach.told(error), exits.ENVIRONMENT
    if isinstance(error, OSError):
        return refusals.told(error), exits.ENVIRONMENT
    if isinstance(error, KeyboardInterrupt):
        return "interrupted; nothing was changed", exits.INTERRUPTED
    return str(error), exits.FAILED


def _last_word(show: Show, message: str, code: int, summary: Summary | None) -> None:
    """Where standard output itself is what cannot be written, standard error alone must do."""
    try:
        show.fail(message, code, summary)
    except OSError:
        sys.stderr.write(f"error: {message}\n")


def scrub() -> dict[str, str]:
    """Takes out of this process what would send Docker elsewhere than the stack says; returns what it was."""
    return {name: os.environ.pop(name) for name in STRAY if os.environ.get(name)}
