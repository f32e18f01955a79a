"""Service accounts, and workload identity pools with their providers."""

from __future__ import annotations

import re

from tests.google.documents import Json
from tests.google.fake import errors
from tests.google.fake.call import Call, serves
from tests.google.fake.plain import masked, new_name, stamped


@serves("iam.projects.serviceAccounts.create")
def create_account(call: Call) -> Json:
    """An account whose e-mail is made of its id."""
    email = f"{call.body['accountId']}@{call.project}.iam.gserviceaccount.com"
    path = f"{call.path}/{email}"
    body = {
        **call.body.get("serviceAccount", {}),
        "name": path,
        "projectId": call.project,
        "uniqueId": call.world.number(),
        "email": email,
        "oauth2ClientId": call.world.number(),
    }
    return stamped(call.world.add(call.at(path), body))


@serves("iam.projects.serviceAccounts.patch")
def patch_account(call: Call) -> Json:
    """The mask is in the body, in either spelling of names."""
    mask = re.sub(r"_([a-z])", lambda found: found[1].upper(), call.body["updateMask"])
    return stamped(masked(call, call.target, call.body["serviceAccount"], mask))


@serves("iam.projects.serviceAccounts.disable", "iam.projects.serviceAccounts.enable")
def switch_account(call: Call) -> Json:
    """Off and on."""
    call.target["disabled"] = call.method.word == "disable"
    return {}


_POOLS = "iam.projects.locations.workloadIdentityPools"


@serves(f"{_POOLS}.create", f"{_POOLS}.providers.create")
def create_pool(call: Call) -> Json:
    """A pool or provider; the id of a deleted one is taken for 30 days."""
    path = f"{call.key[1]}/{new_name(call)}"
    if call.method.id.endswith("providers.create"):
        _check_provider(call)
    # Google names pools by the project's number, whatever it was asked by.
    name = path.replace(call.project, call.world.projects[call.project], 1)
    call.world.add(call.at(path), {**call.body, "name": name, "state": "ACTIVE"})
    return _done(call, path)


def _check_provider(call: Call) -> None:
    mapping = call.body.get("attributeMapping", {})
    if "google.subject" not in mapping:
        raise errors.invalid("The attribute mapping must have google.subject")
    if "githubusercontent" in call.body.get("oidc", {}).get("issuerUri", "") and not call.body.get(
        "attributeCondition"
    ):
        # Google refuses an issuer that everybody shares without a condition.
        raise errors.invalid("The attribute condition must reference one of the provider's claims.")


@serves(f"{_POOLS}.patch", f"{_POOLS}.providers.patch")
def patch_pool(call: Call) -> Json:
    """By its mask."""
    masked(call, call.target, call.body, call.query.get("updateMask", ""))
    return _done(call, call.key[1])


@serves(f"{_POOLS}.delete", f"{_POOLS}.providers.delete")
def delete_pool(call: Call) -> Json:
    """Only marked: it can be brought back for 30 days."""
    call.target["state"] = "DELETED"
    return _done(call, call.key[1])


@serves(f"{_POOLS}.undelete", f"{_POOLS}.providers.undelete")
def undelete_pool(call: Call) -> Json:
    """As it was."""
    call.target["state"] = "ACTIVE"
    return _done(call, call.key[1])


@serves(f"{_POOLS}.listAttestationRules")
def no_rules(call: Call) -> Json:
    """Rules of the pool's own namespaces, which nobody makes."""
    _ = call.target
    return {"attestationRules": []}


def _done(call: Call, path: str) -> Json:
    name = f"{call.world.get(call.at(path))['name']}/operations/{call.world.number()}"
    call.world.operations[name] = {"name": name, "done": True, "response": call.world.get(call.at(path))}
    return call.world.operations[name]
