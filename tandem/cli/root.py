"""`tandem`: the command and its sub-commands."""

from __future__ import annotations

from tandem.cli import bootstrap, hosts, logins, looks, outputs, turns, wholes, wiring
from tandem.exits import table

app = wiring.Root(
    name="tandem",
    cls=wiring.Group,
    help="Zero-downtime blue/green for Docker apps on one VM.",
    epilog="Exit codes:\n\n" + table(),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.callback()(wiring.options_before)
turns.register(app)
wholes.register(app)
looks.register(app)
outputs.register(app)
hosts.register(app)
logins.register(app)
bootstrap.register(app)
