"""Resource options: those the engine honours, and a refusal for each that it does not. Never one ignored."""

from __future__ import annotations

from typing import Any

KNOWN = "depends_on, delete_before_replace, ignore_changes, parent, protect, provider, retain_on_delete"

# What the SDK itself puts on every Command; anything else in these lists is a wish of the program.
_COMMANDS = ("command:local:Command", "command:remote:Command")
_OWN_REPLACE_ON_CHANGES = {"triggers[*]"}
_OWN_SECRET_OUTPUTS = {"connection"}

_REFUSED = {
    "importId": "import_",
    "aliases": "aliases",
    "aliasURNs": "aliases",
    "deletedWith": "deleted_with",
    "replace_with": "replace_with",
    "transforms": "transforms",
    "state_migrations": "state_migrations",
    "hideDiffs": "hide_diffs",
    "envVarMappings": "env_var_mappings",
    "packageRef": "package parameters",
}
_REFUSED_MESSAGES = {
    "customTimeouts": "custom_timeouts",
    "replacement_trigger": "replacement_trigger",
    "hooks": "hooks",
}


def refusal(request: Any) -> str | None:
    """Why the engine cannot honour a registration's options, or None."""
    unknown = [option for name, option in _REFUSED.items() if getattr(request, name)]
    unknown += [option for name, option in _REFUSED_MESSAGES.items() if _is_set(request, name)]
    own = request.type in _COMMANDS
    if set(request.replaceOnChanges) - (_OWN_REPLACE_ON_CHANGES if own else set()):
        unknown.append("replace_on_changes")
    if set(request.additionalSecretOutputs) - (_OWN_SECRET_OUTPUTS if own else set()):
        unknown.append("additional_secret_outputs")
    if unknown:
        return f"offline engine does not know the option {', '.join(unknown)} of {label(request)}; it knows {KNOWN}"
    paths = [path for path in request.ignoreChanges if path != "*" and not path.isidentifier()]
    if paths:
        return (
            f'offline engine knows whole properties and "*" in ignore_changes, not {", ".join(paths)} '
            f"of {label(request)}"
        )
    return None


def _is_set(request: Any, name: str) -> bool:
    # The SDK sends an empty message for "no hooks".
    return request.HasField(name) and bool(getattr(request, name).ListFields())


def label(request: Any) -> str:
    """`type (name)`: how messages point at a resource."""
    return f"{request.type} ({request.name})"
