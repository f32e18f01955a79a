"""IAM policies: one for each resource, read and written as a whole, guarded by an etag."""

from __future__ import annotations

import re

from tests.google.documents import Json
from tests.google.fake import errors
from tests.google.fake.call import Call, serves
from tests.google.fake.world import Key, fingerprint

_FIRST_ETAG = "ACAB"
_ACCOUNT = re.compile(r"serviceAccount:([a-z0-9-]+@([a-z0-9-]+)\.iam\.gserviceaccount\.com)")
CONDITIONS_SINCE = 3
"""The version of a policy that may have conditions."""


@serves("any.*.getIamPolicy")
def read(call: Call) -> Json:
    """The policy; an empty one at first."""
    return call.world.policies.get(_known(call), {"version": 1, "etag": _FIRST_ETAG})


@serves("any.*.setIamPolicy")
def write(call: Call) -> Json:
    """The new policy in place of the old; 409 where the etag is not the one that was read."""
    key = _known(call)
    policy = call.body.get("policy", call.body)
    current = call.world.policies.get(key, {}).get("etag", _FIRST_ETAG)
    if policy.get("etag") not in (None, "", current):
        message = "There were concurrent policy changes. Please retry the whole read-modify-write."
        raise errors.GoogleError(409, "aborted", message)
    bindings = policy.get("bindings", [])
    for binding in bindings:
        _check(call, binding, policy.get("version", 1))
    written = {"version": policy.get("version", 1), "bindings": bindings}
    call.world.policies[key] = {**written, "etag": fingerprint([current, written])}
    return call.world.policies[key]


def _check(call: Call, binding: Json, version: int) -> None:
    if binding.get("condition") and version < CONDITIONS_SINCE:
        raise errors.invalid("Policies with conditions must have version 3")
    for member in binding["members"]:
        account = _ACCOUNT.fullmatch(member)
        if account and account[2] in call.world.projects:
            path = f"projects/{account[2]}/serviceAccounts/{account[1]}"
            if ("iam", path) not in call.world.resources:
                raise errors.invalid(f"Service account {account[1]} does not exist.")


def _known(call: Call) -> Key:
    """The key whose policy is meant. Raises GoogleError 404 where there is no such resource."""
    owner = key = call.key
    if call.method.api == "iap":
        owner = ("compute", key[1].replace("/iap_tunnel/", "/"))
    if call.method.api == "cloudresourcemanager":
        return key
    call.world.get(owner)
    return key
