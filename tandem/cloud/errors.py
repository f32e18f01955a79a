"""What Google Cloud, its provider and the engine say when they refuse, in words that name the next command. Pure.

Each entry knows one refusal by a pattern on its text; tests/unit/tandem/cloud/test_errors.py has the texts, as told.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from re import Match

from tandem.cloud.gate import PAGE

Tell = Callable[[Match[str]], str]
LONGEST = 200
"""Characters of Google's own words."""
_OURS = re.compile(r"^secret \w+: .*\(source `\w+`\)", re.MULTILINE)
"""What the program says of secrets that cannot be had: it has a next command of its own."""


def explain(text: str) -> str | None:
    """The refusal in our words, with what to do next, and Google's behind; None for a text that nobody here knows."""
    if _OURS.search(text):
        return None
    for pattern, tell in _KNOWN:
        found = re.search(pattern, text, re.DOTALL)
        if found:
            return tell(found) if tell in _NOT_GOOGLE else f"{tell(found)}\nGoogle: {_quoted(text)}"
    return None


def _quoted(text: str) -> str:
    """The gist of what was said, on one line: for those who look it up."""
    gist = re.sub(r"^Error \d+: ", "", " ".join(text.rpartition("googleapi: ")[2].split()))
    return gist if len(gist) <= LONGEST else f"{gist[:LONGEST].rstrip()}…"


def _api_off(found: Match[str]) -> str:
    return _off(found["api"], found["project"])


def _api_off_by_reason(found: Match[str]) -> str:
    text = found.string
    api = re.search(r"(?<![\w./])(?!type\.)([a-z-]+\.googleapis\.com)\b", text)
    project = re.search(r"projects?[/= ]'?([\w-]+)", text)
    return _off(api[1] if api else "SERVICE.googleapis.com", project[1] if project else "PROJECT")


def _off(api: str, project: str) -> str:
    return (
        f"the API {api} is off in project {project}. Next: "
        f"`gcloud services enable {api} --project={project}`, wait a minute, then the same command again"
    )


def _no_project(found: Match[str]) -> str:
    return (
        f"there is no project {found['project']}, or who deploys may not see it. Expected: the id of a project, under "
        f"host.project in the stack file. Next: `gcloud projects list`"
    )


def _quota(found: Match[str]) -> str:
    where = f" in {found['where']}" if found["where"] else ""
    return (
        f"the quota {found['quota']}{where} is used up; its limit is {found['limit'].rstrip('.')}. Next: a smaller "
        "machine or disk in the stack file, or a higher quota (console: IAM & Admin, Quotas), then the same again"
    )


def _bucket_taken(_found: Match[str]) -> str:
    return (
        "a bucket of that name belongs to somebody else: names are unique in the whole world. Expected: a name of your "
        "own, for example with your domain in it. Next: another storage.*.bucket in the stack file"
    )


def _bucket_ours(_found: Match[str]) -> str:
    return (
        "a bucket of that name is yours already, but this stack did not make it. Next: another storage.*.bucket in the "
        "stack file; or `pulumi import` the bucket, see docs/storage.md"
    )


def _exists(found: Match[str]) -> str:
    return (
        f"{found['resource']} exists already, but this stack does not know it: made by hand, by another stack of this "
        "name, or by a run that was cut off. Next: delete it there when nobody needs it, or `pulumi import` it"
    )


def _permission(found: Match[str]) -> str:
    what = f" on {found['what']}" if found["what"] else ""
    return (
        f"who deploys lacks the right {found['permission']}{what}. Next: `gcloud auth list` tells who that is; give "
        f"it the roles of docs/identity.md, or check host.project in the stack file"
    )


def _no_right(_found: Match[str]) -> str:
    return (
        "who deploys lacks a right that Google does not name. Next: `gcloud auth list` tells who that is; give it the "
        "roles of docs/identity.md, or check host.project in the stack file"
    )


def _expired(_found: Match[str]) -> str:
    return (
        "the login to Google Cloud has run out or is not valid. Next: `gcloud auth application-default login`; in CI: "
        "run the job again, and see docs/identity.md"
    )


def _no_login(_found: Match[str]) -> str:
    return (
        "nobody is logged in to Google Cloud here. Next: `gcloud auth application-default login`; in CI: the login by "
        "Workload Identity Federation of docs/identity.md"
    )


def _no_machine_type(found: Match[str]) -> str:
    return (
        f"zone {found['zone']} has no machine type {found['machine']}. Next: "
        f"`gcloud compute machine-types list --zones={found['zone']}`, then another host.machine in the stack file"
    )


def _no_zone(found: Match[str]) -> str:
    return (
        f"there is no zone {found['zone']}. Next: `gcloud compute zones list --project={found['project']}`, then "
        "host.zone in the stack file"
    )


def _stockout(found: Match[str]) -> str:
    return (
        f"zone {found['zone']} has no such machine free at the moment. Next: the same command later, or another "
        "host.machine; before the first `up` also another host.zone"
    )


def _no_image(found: Match[str]) -> str:
    image = found["image"] or f"of that name in {found['at']}"
    return (
        f"there is no image {image}. Next: `gcloud compute images list --filter=family:debian`, then host.image in the "
        "stack file, for example debian-cloud/debian-13"
    )


def _billing(_found: Match[str]) -> str:
    return (
        "the project has no billing account that works. Next: `gcloud billing projects describe PROJECT`, then link one"
    )


def _stop(_found: Match[str]) -> str:
    return (
        "this change needs the machine to be off for a minute or two, and nobody has said that it may. Its containers "
        f"start again by themselves. Next: `tandem up --allow-downtime` ({PAGE}#another-machine-type)"
    )


def _replaces_protected(found: Match[str]) -> str:
    name = found["urn"].rpartition("::")[2]
    along = f" together with {found['along'].rpartition('::')[2]}" if found["along"] else ""
    return (
        f"{name} would be replaced{along} and is protected; nothing was changed. Next: `tandem preview` tells by which "
        f"property; the way round is in {PAGE}#what-each-edit-does"
    )


def _deletes_protected(found: Match[str]) -> str:
    name = found["urn"].rpartition("::")[2]
    return f"{name} would be deleted and is protected. Next: the way there is in {PAGE}#taking-something-away"


def _deletion_protection(found: Match[str]) -> str:
    return (
        f"the machine {found['name']} refuses to be deleted (deletion protection). "
        f"Next: the way there is in {PAGE}#taking-something-away"
    )


def _bucket_not_empty(found: Match[str]) -> str:
    return (
        f"bucket {found['name']} has files in it and is not deleted with them. "
        f"Next: `gcloud storage rm --recursive 'gs://{found['name']}/**'` when nobody needs them any more"
    )


_NOT_GOOGLE = (_stop, _replaces_protected, _deletes_protected, _deletion_protection, _bucket_not_empty)
"""Refused by the engine or the provider, in words about other tools."""
_URN = r'"(?P<urn>urn:pulumi:[^"]+)"'

_KNOWN: tuple[tuple[str, Tell], ...] = (
    (
        rf"unable to replace resource {_URN}(?:\s+as part of replacing \"(?P<along>urn:pulumi:[^\"]+)\")?",
        _replaces_protected,
    ),
    (
        rf"(?:unable to delete )?resource {_URN}\s+(?:cannot be deleted\s+)?(?:as it is|because it is)",
        _deletes_protected,
    ),
    (r"on a started instance requires stopping it", _stop),
    (r"Cannot delete instance (?P<name>\S+): instance Deletion Protection is enabled", _deletion_protection),
    (r"Error trying to delete bucket (?P<name>\S+) (?:without|containing)", _bucket_not_empty),
    (
        r"Project (?P<project>\S+) is not found and cannot be used for API calls",
        _no_project,
    ),
    (
        r"it is disabled.*?apis/api/(?P<api>[\w.-]+)/overview\?project=(?P<project>[\w-]+)",
        _api_off,
    ),
    (r"SERVICE_DISABLED|accessNotConfigured|Access Not Configured", _api_off_by_reason),
    (
        r"The billing account for the owning project is disabled|BILLING_DISABLED|requires billing to be enabled",
        _billing,
    ),
    (r"Quota '(?P<quota>[\w-]+)' exceeded\.\s+Limit: (?P<limit>[\d.]+)(?: in region (?P<where>[\w-]+))?", _quota),
    (r"The requested bucket name is not available|Error 409: Sorry, that name is not available", _bucket_taken),
    (r"Your previous request to create the named bucket succeeded and you already own it", _bucket_ours),
    (r"Error 409: The resource '(?P<resource>[^']+)' already exists", _exists),
    (
        r"[Mm]achine type with name '(?P<machine>[\w-]+)' does not exist in zone '(?P<zone>[\w-]+)'",
        _no_machine_type,
    ),
    (
        r"The zone 'projects/[\w-]+/zones/(?P<zone>[\w-]+)' does not have enough resources available",
        _stockout,
    ),
    (r"The resource 'projects/(?P<project>[\w-]+)/zones/(?P<zone>[\w-]+)' was not found", _no_zone),
    (
        r"Could not find image or family (?P<image>\S+)|The resource 'projects/(?P<at>[\w-]+)/global/images/",
        _no_image,
    ),
    (r"The resource 'projects/(?P<project>[\w-]+)' was not found", _no_project),
    (r"Error 40[34]: .*[Pp]roject '?\"?(?P<project>[\w-]+)'?\"? (?:was )?not found", _no_project),
    (
        r"Required '(?P<permission>[\w.]+)' permission for '(?P<what>[^']+)'",
        _permission,
    ),
    (r"Permission '(?P<permission>[\w.]+)' denied (?:on|for) (?:resource )?'?(?P<what>[^'\s,]+)", _permission),
    (
        r"Permission (?P<permission>[\w.]+) is required to perform this operation on (?P<what>[^,]*[^,.])",
        _permission,
    ),
    (r"does not have (?P<permission>[a-z]+\.[\w.]+) access(?: to (?P<what>the [^.,(]+))?", _permission),
    (
        r"googleapi: .*Error 401\b|invalid_grant|[Ii]nvalid authentication credentials|ACCESS_TOKEN_EXPIRED",
        _expired,
    ),
    (r"could not find default credentials|No credentials loaded|no credentials were set", _no_login),
    (r"Error 403: The caller does not have permission", _no_right),
)
"""The first that fits counts: the narrow ones before the wide ones. Compiled when something fails, not before."""
