"""Rules about rights: who may do what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policy.planned import Planned, of
from policy.rule import Context, rule

BASIC = ("roles/owner", "roles/editor", "roles/viewer")
IMPERSONATING = ("roles/iam.serviceAccountUser", "roles/iam.serviceAccountTokenCreator")
EVERYBODY = ("allUsers", "allAuthenticatedUsers")
Broken = Iterator[tuple[str, str]]


@rule("least-role", "No basic and no admin role for the whole project", "CIS 1.5", "CKV_GCP_42", "CKV_GCP_117")
def least_role(resources: Sequence[Planned], _context: Context) -> Broken:
    """An account gets what it needs, where it can on the one resource."""
    for member in of(resources, "projects/iAMMember:IAMMember", "projects/iAMBinding:IAMBinding"):
        role = str(member.at("role"))
        if role in BASIC or role.lower().endswith("admin"):
            yield member.name, f"gives {role} on the whole project"


@rule("impersonation", "Nobody may act as every account of the project", "CIS 1.6", "CKV_GCP_41", "CKV_GCP_49")
def impersonation(resources: Sequence[Planned], _context: Context) -> Broken:
    """Such a role belongs on one account."""
    for member in of(resources, "projects/iAMMember:IAMMember", "projects/iAMBinding:IAMBinding"):
        if member.at("role") in IMPERSONATING:
            yield member.name, f"gives {member.at('role')} on every account of the project"


@rule("public-member", "No right is given to everybody", "CIS 5.1", "CKV_GCP_28")
def public_member(resources: Sequence[Planned], _context: Context) -> Broken:
    """Buckets, secrets, anything."""
    for resource in resources:
        members = [resource.at("member"), *resource.many("members")]
        if resource.type.startswith("gcp:") and any(member in EVERYBODY for member in members):
            yield resource.name, f"gives {resource.at('role')} to everybody"


@rule("account-keys", "No key of a service account is made", "CIS 1.4")
def account_keys(resources: Sequence[Planned], _context: Context) -> Broken:
    """Machines and CI prove who they are without one."""
    for key in of(resources, "serviceaccount/key:Key"):
        yield key.name, "is a key that can be copied and never runs out"


@rule("additive-rights", "Rights are added one by one, never written as a whole")
def additive(resources: Sequence[Planned], _context: Context) -> Broken:
    """A policy or binding takes away what others gave."""
    for resource in resources:
        if resource.type.startswith("gcp:") and resource.type.endswith(("IAMPolicy", "IAMBinding")):
            yield resource.name, "takes away rights that were given elsewhere"
