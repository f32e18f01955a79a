"""An S3 service that checks signatures and rights, where containers can reach it: moto, on Docker's bridge."""

from __future__ import annotations

import json
import logging
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

import boto3  # type: ignore[import-untyped]
from moto.server import ThreadedMotoServer

from tests.e2e.project import docker

REGION = "eu-central-1"
MAY_ALL = ("s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:ListBucket")


@dataclass(frozen=True)
class Key:
    """Both halves of somebody's key."""

    access: str
    secret: str


class Service:
    """Its users, keys and buckets. Before `strict` anybody may do anything, afterwards nobody without a right."""

    def __init__(self, address: str) -> None:
        self.address = address
        anybody: dict[str, Any] = {
            "endpoint_url": address,
            "region_name": REGION,
            "aws_access_key_id": "anybody",
            "aws_secret_access_key": "anything",
        }
        self._iam = boto3.client("iam", **anybody)
        self._s3 = boto3.client("s3", **anybody)

    def bucket(self, name: str) -> str:
        """Makes one."""
        self._s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        return name

    def user(self, name: str, may: Sequence[str] = MAY_ALL) -> Key:
        """Somebody with these rights on every bucket."""
        self._iam.create_user(UserName=name)
        rights = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": [*may], "Resource": "*"}]}
        self._iam.put_user_policy(UserName=name, PolicyName="rights", PolicyDocument=json.dumps(rights))
        made = self._iam.create_access_key(UserName=name)["AccessKey"]
        return Key(made["AccessKeyId"], made["SecretAccessKey"])

    def strict(self) -> None:
        """From now on."""
        self._asks("0")

    def lenient(self) -> None:
        """As at first."""
        self._asks("inf")

    def objects(self, bucket: str) -> list[str]:
        """What is in a bucket; only while it is lenient."""
        return [found["Key"] for found in self._s3.list_objects_v2(Bucket=bucket).get("Contents", [])]

    def _asks(self, first: str) -> None:
        url, kind = f"{self.address}/moto-api/reset-auth", {"Content-Type": "text/plain"}
        request = urllib.request.Request(url, data=first.encode(), headers=kind, method="POST")
        urllib.request.urlopen(request, timeout=10).close()


@contextmanager
def service() -> Iterator[Service]:
    """One that lives while the block runs."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address=bridge(), port=0, verbose=False)
    server.start()
    try:
        yield Service("http://{}:{}".format(*server.get_host_and_port()))
    finally:
        server.stop()


def bridge() -> str:
    """This machine's own address on Docker's first network; some versions leave out that it is the first of all."""
    form = "{{with index .IPAM.Config 0}}{{.Gateway}} {{.Subnet}}{{end}}"
    *gateway, subnet = docker("network", "inspect", "bridge", "--format", form).split()
    return gateway[0] if gateway else str(next(ip_network(subnet).hosts()))
