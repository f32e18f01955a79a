"""Forms by which secrets give themselves away, as one finds them in a file. Pure; never says a value.

By the issuers' own documentation, as detect-secrets 1.5 and gitleaks 8 have them too. Only forms that are nothing else:
no entropy, no `password = …`, which stack files with digests and names of secrets would be full of.

One spelling serves git (PCRE, or POSIX where git was built without) and Python: of the classes with a backslash only
`\\s`, and that within brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import PurePosixPath

_WORD = "[A-Za-z0-9_-]"

FORMS: Mapping[str, tuple[str, ...]] = {
    "private-key": (r"-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY( BLOCK)?-----", r"PuTTY-User-Key-File-[23]:"),
    "aws-access-key": (r"(^|[^A-Za-z0-9/+])(AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}($|[^A-Za-z0-9/+=])",),
    "aws-secret-key": (
        r"""(secret_access_key|SECRET_ACCESS_KEY|[sS]ecretAccessKey)["']?[\s]*[:=][\s]*["']?[A-Za-z0-9/+]{40}($|[^A-Za-z0-9/+=])""",
    ),
    "azure-storage-key": (r"AccountKey=[A-Za-z0-9+/]{86}==",),
    "google-api-key": (rf"AIza{_WORD}{{35}}",),
    "google-oauth-secret": (rf"GOCSPX-{_WORD}{{28}}",),
    "github-token": (r"gh[pousr]_[A-Za-z0-9]{36}", r"github_pat_[A-Za-z0-9_]{82}"),
    "gitlab-token": (rf"gl(pat|ptt|dt|rt|cbt|ft|imt|oas)-{_WORD}{{20}}",),
    "docker-hub-token": (rf"dckr_(pat|oat)_{_WORD}{{27}}",),
    "doppler-token": (r"dp\.(pt|ct|sa|st|scim|audit)\.([a-z0-9_-]+\.)?[A-Za-z0-9]{40}",),
    "pulumi-token": (r"(^|[^a-z0-9])pul-[0-9a-f]{40}",),
    "slack-token": (r"xox[abposr]-([0-9]+-)+[A-Za-z0-9]+",),
    "slack-webhook": (r"hooks\.slack\.com/services/T[A-Za-z0-9_]+/B[A-Za-z0-9_]+/[A-Za-z0-9_]+",),
    "stripe-key": (r"[rs]k_live_[A-Za-z0-9]{24}",),
    "sendgrid-key": (rf"SG\.{_WORD}{{22}}\.{_WORD}{{43}}",),
    "twilio-key": (r"(^|[^A-Za-z0-9])SK[0-9a-f]{32}($|[^A-Za-z0-9])",),
    "telegram-token": (rf"(^|[^A-Za-z0-9])[0-9]{{8,10}}:AA{_WORD}{{33}}($|[^A-Za-z0-9_-])",),
    "openai-key": (rf"sk-{_WORD}*[A-Za-z0-9]{{20}}T3BlbkFJ[A-Za-z0-9]{{20}}",),
    "anthropic-key": (rf"sk-ant-{_WORD}{{80}}",),
    "npm-token": (r"npm_[A-Za-z0-9]{36}",),
    "pypi-token": (rf"pypi-AgEIcHlwaS5vcmc{_WORD}{{50}}",),
    "jwt": (rf"eyJ{_WORD}{{10,}}\.eyJ{_WORD}{{10,}}\.{_WORD}{{10,}}",),
    "password-in-address": (r"""[a-z0-9]://[^]\s/@{}<>"'$:]+:[^]\s/@{}<>"'$]{3,}@[A-Za-z0-9]""",),
    "plain-stack-secret": (r"""^[\s]+["']?secrets:[A-Za-z0-9_]+["']?:[\s]*[^\s{#]""",),
}
"""Kind → its forms."""

EXAMPLES = frozenset(
    "password passwd pass secret example changeme change-me placeholder redacted xxx pw pwd token hunter2 test".split()
)
"""Passwords in addresses that are none."""
_RESERVED = (".example", ".invalid", ".test", ".localhost", "example.com", "example.org", "example.net")
"""Names that RFC 2606 keeps for documentation."""
PRAGMA = "pragma: allowlist secret"
"""On the same line: it is none. As detect-secrets spells it."""


def kinds(path: str, line: str) -> Iterator[str]:
    """What a line of a file has, by kind. `path`: with slashes."""
    if PRAGMA in line:
        return
    for kind, forms in _compiled().items():
        if any(not _harmless(kind, path, line, found) for form in forms for found in form.finditer(line)):
            yield kind


def spelled(posix: bool) -> list[str]:
    """All forms, for a tool that takes PCRE, or only POSIX's extended expressions."""
    forms = [form for kind in FORMS.values() for form in kind]
    return [form.replace(r"\s", "[:space:]") for form in forms] if posix else forms


def _harmless(kind: str, path: str, line: str, found: re.Match[str]) -> bool:
    if kind == "plain-stack-secret":
        name = PurePosixPath(path).name
        return not (name.startswith("Pulumi.") and name.endswith((".yaml", ".yml")))
    if kind == "password-in-address":
        password = found[0][:-2].rpartition(":")[2]
        host = re.match(r"[A-Za-z0-9.-]*", line[found.end() - 1 :])
        return password.lower() in EXAMPLES or bool(host and host[0].lower().endswith(_RESERVED))
    return False


@cache
def _compiled() -> dict[str, list[re.Pattern[str]]]:
    return {kind: [re.compile(form) for form in forms] for kind, forms in FORMS.items()}
