"""A sandbox's MinIO: wait until it serves, make its buckets, prove a round trip. Speaks S3 through boto3."""

from __future__ import annotations

import http.client
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv import errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_s3 import S3Client

REGION = "us-east-1"
_READY = "/minio/health/ready"
_POLL_S = 0.05


@dataclass(frozen=True)
class Keys:
    """The two halves of an S3 credential."""

    access: str
    secret: str


def wait_ready(port: int, *, seconds: float) -> None:
    """Wait until MinIO on 127.0.0.1:`port` says that it serves.

    Asked from outside, because most images of MinIO lack curl and mc.

    Raises:
        Unhealthy: it did not within `seconds`.
    """
    deadline = time.monotonic() + seconds
    reason = "no answer"
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", _READY)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            reason = str(error) or type(error).__name__
        else:
            if status == http.client.OK:
                return
            reason = f"HTTP {status}"
        finally:
            connection.close()
        time.sleep(_POLL_S)
    raise errors.Unhealthy(f"MinIO on port {port} was not ready within {seconds:.0f} s: {reason}", hint="`devenv logs`")


def client(endpoint: str | None, keys: Keys, region: str | None = None) -> S3Client:
    """Return an S3 client of an endpoint (None: AWS's own)."""
    import boto3  # noqa: PLC0415 -- 0.2 s to import; verbs that touch no bucket do without
    from botocore.config import Config  # noqa: PLC0415

    config = Config(
        connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 4}, proxies={}
    )
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=keys.access,
        aws_secret_access_key=keys.secret,
        region_name=region or REGION,
        config=config,
    )


def ensure_buckets(s3: S3Client, buckets: Sequence[str]) -> list[str]:
    """Make those of `buckets` that are missing, and return their names."""
    there = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    made = [bucket for bucket in buckets if bucket not in there]
    for bucket in made:
        s3.create_bucket(Bucket=bucket)
    return made


def round_trip(s3: S3Client, bucket: str) -> None:
    """Write, read back and delete a small object of random content.

    Raises:
        Differs: what came back is not what was sent.
    """
    key, body = f".devenv/verify-{secrets.token_hex(4)}", secrets.token_bytes(1024)
    s3.put_object(Bucket=bucket, Key=key, Body=body)
    try:
        back = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    finally:
        s3.delete_object(Bucket=bucket, Key=key)
    if back != body:
        raise errors.Differs(f"bucket '{bucket}' gave back {len(back)} bytes that are not the {len(body)} it was given")


def contents(s3: S3Client) -> list[tuple[str, int, int]]:
    """Return (bucket, objects, bytes) of every bucket."""
    found = []
    for bucket in s3.list_buckets()["Buckets"]:
        objects = size = 0
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"]):
            objects += len(page.get("Contents", ()))
            size += sum(item["Size"] for item in page.get("Contents", ()))
        found.append((bucket["Name"], objects, size))
    return found
