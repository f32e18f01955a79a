"""Disks, their snapshots, and the images they begin with."""

from __future__ import annotations

import re

from tests.google.documents import Json
from tests.google.fake import errors
from tests.google.fake.call import Call, serves
from tests.google.fake.compute import PREPARE, make, path_of
from tests.google.fake.operations import started

_GOOGLE = "https://www.googleapis.com/compute/v1"


@serves("compute.images.getFromFamily")
def newest(call: Call) -> Json:
    """The newest image of a family."""
    return _image(call, call.found.values["project"], call.found.values["family"])


@serves("compute.images.get")
def image(call: Call) -> Json:
    """An image by its own name; a family is none. Raises GoogleError 404."""
    named = re.fullmatch(r"(.+)-v[0-9]{8}", call.found.values["image"])
    if not named:
        raise errors.not_found(call.path)
    return _image(call, call.found.values["project"], named[1])


def _image(call: Call, project: str, family: str) -> Json:
    name = f"{family}-v{call.world.image_date}"
    link = f"{_GOOGLE}/projects/{project}/global/images/{name}"
    return {"name": name, "family": family, "selfLink": link, "diskSizeGb": "10", "status": "READY"}


def resolved(call: Call, said: str) -> str:
    """The image that Google notes at a disk, where a family was asked for."""
    found = re.search(r"projects/([^/]+)/global/images/family/(.+)$", said)
    link: str = _image(call, found[1], found[2])["selfLink"] if found else said
    return link


def _disk(call: Call, path: str, body: Json) -> None:
    zone = path.rpartition("/disks/")[0]
    body.setdefault("type", f"{call.base}/compute/v1/{zone}/diskTypes/pd-standard")
    if image := body.get("sourceImage"):
        body["sourceImage"] = resolved(call, image)


PREPARE["disks"] = _disk


@serves("compute.disks.resize", "compute.regionDisks.resize")
def resize(call: Call) -> Json:
    """Only larger. Raises GoogleError 400."""
    if int(call.body["sizeGb"]) <= int(call.target["sizeGb"]):
        raise errors.invalid(f"New disk size '{call.body['sizeGb']}' must be larger than the existing size")
    call.target["sizeGb"] = str(call.body["sizeGb"])
    return started(call, call.key[1])


@serves("compute.disks.createSnapshot", "compute.snapshots.insert")
def snapshot(call: Call) -> Json:
    """A snapshot of a disk."""
    project = "/".join(call.path.split("/")[:2])
    source = call.body.get("sourceDisk") or call.key[1]
    disk = call.world.get(call.at(path_of(source)))
    path = f"{project}/global/snapshots/{call.body['name']}"
    make(call, path, {**call.body, "sourceDisk": disk["selfLink"], "diskSizeGb": disk["sizeGb"]})
    return started(call, path)
