"""What `docker compose config` says of an original file and of what devenv rendered from it, and how the two compare.

Everything that devenv may add to a side service is in `without_additions`, and nowhere else; each addition is taken
away only if it is exactly what devenv documents. What remains must be equal, value by value.
"""

from __future__ import annotations

import copy
import json
import os
import re
from pathlib import Path
from typing import Any

from devenv import process

PROJECT = "trip"  # given to both sides, so that the names of volumes and networks agree
POOL = "0-1"
LOGGING = {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}
GPUS = ("GPU-1", "GPU-2")
VISIBLE = "NVIDIA_VISIBLE_DEVICES"
SECTIONS = ("services", "networks", "volumes", "secrets", "configs")
_TOP_LEVEL = re.compile(r"^(?=[A-Za-z])", re.MULTILINE)


def config(file: Path, *options: str, cwd: Path) -> dict[str, Any]:
    """Return what `docker compose config` makes of a file, in an environment without the caller's variables."""
    argv = ["docker", "compose", "--project-name", PROJECT, *options, "--file", str(file), "--profile", "*"]
    plugins = os.environ.get("DOCKER_CONFIG") or str(Path.home() / ".docker")
    clean = {"PATH": os.environ["PATH"], "HOME": "/home/somebody", "DOCKER_CONFIG": plugins}
    words = ["env", "-i", *(f"{key}={value}" for key, value in clean.items())]
    done = process.run([*words, *argv, "config", "--format", "json"], cwd=cwd)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def as_spec(original: str, more: str = "") -> str:
    """Return a devenv.yaml that holds an original Compose file, letter by letter: anchors, tags, quotes and all."""
    parts = {part.partition(":")[0]: part for part in _TOP_LEVEL.split(original) if not part.startswith("#") and part}
    kept = "".join(part for key, part in parts.items() if key == "services" or key.startswith("x-"))
    inner = "".join(part for key, part in parts.items() if key in SECTIONS[1:])
    indented = "".join(f"  {line}" if line.strip() else line for line in inner.splitlines(keepends=True))
    compose = f"compose:\n{indented}" if inner else ""
    return f"version: 1\nname: {PROJECT}\nimage: alpine:3.20\n{more}\n{kept}\n{compose}"


def comparable(original: dict[str, Any], rendered: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return both sides, devenv's documented additions taken away, ready to be compared with `==`."""
    left = {section: original.get(section) or {} for section in SECTIONS}
    right = {section: copy.deepcopy(rendered.get(section)) or {} for section in SECTIONS}
    return left, without_additions(left, right)


def without_additions(original: dict[str, Any], rendered: dict[str, Any]) -> dict[str, Any]:
    """Take from `rendered` what devenv adds. An addition that is not as documented stays, and so will differ."""
    # 1. The sandbox and its MinIO, and the volume and the network that they live on.
    for section, ours in {"services": ("sandbox", "minio"), "volumes": ("minio-data",)}.items():
        for name in ours:
            if name not in original[section]:
                rendered[section].pop(name, None)
    for section in SECTIONS[:3]:
        for name, entry in rendered[section].items():
            _without_labels(original[section].get(name) or {}, entry)
    if "default" not in original["networks"]:
        assert rendered["networks"]["default"] == {"name": f"{PROJECT}_default", "ipam": {}}
        del rendered["networks"]["default"]
    for name, service in rendered["services"].items():
        _without_service_additions(original["services"].get(name) or {}, service)
    return rendered


def _without_labels(original: dict[str, Any], rendered: dict[str, Any]) -> None:
    # 2. Labels whose names start with `devenv.`.
    labels = rendered.get("labels")
    if not labels:
        return
    for key in [key for key in labels if key.startswith("devenv.")]:
        del labels[key]
    if not labels and "labels" not in original:
        del rendered["labels"]


def _without_service_additions(original: dict[str, Any], rendered: dict[str, Any]) -> None:
    # 3. The CPUs that nobody leased, where the service names none.
    if "cpuset" not in original and rendered.get("cpuset") == POOL:
        del rendered["cpuset"]
    # 4. Log limits, where the service says nothing about its logs.
    if "logging" not in original and rendered.get("logging") == LOGGING:
        del rendered["logging"]
    # 5. 127.0.0.1 for published ports without an address.
    for before, after in zip(original.get("ports") or [], rendered.get("ports") or [], strict=False):
        if "host_ip" not in before and after.get("host_ip") == "127.0.0.1":
            del after["host_ip"]
    # 6. GPUs by UUID, those of the lease, where GPUs are asked for; as many as are.
    for before, after in zip(_gpu_requests(original), _gpu_requests(rendered), strict=True):
        count = before.get("count", -1)
        if after.get("device_ids") == list(GPUS[:count] if count > 0 else GPUS):
            del after["device_ids"]
            after |= {key: before[key] for key in ("count", "device_ids") if key in before}
    if original.get("runtime") == "nvidia" and rendered["environment"].get(VISIBLE) == ",".join(GPUS):
        rendered["environment"][VISIBLE] = original["environment"][VISIBLE]


def _gpu_requests(service: dict[str, Any]) -> list[dict[str, Any]]:
    reserved = service.get("deploy", {}).get("resources", {}).get("reservations", {}).get("devices", [])
    return [*service.get("gpus", []), *(request for request in reserved if "gpu" in request["capabilities"])]
