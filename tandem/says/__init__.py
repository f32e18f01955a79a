"""How the command speaks with whoever started it: lines, a terminal, JSON; what they typed; their Ctrl-C."""
