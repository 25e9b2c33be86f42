"""The Compose files of a few specs, word by word, and valid by Compose's own JSON Schema.

`pytest --update-golden tests/golden` writes them anew; the diff is then what a reviewer reads.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from devenv import spec as specs
from devenv.render import compose
from tests.unit.render import make

if TYPE_CHECKING:
    from devenv.render.context import Context

HERE = Path(__file__).parent / "compose"
SCHEMA = json.loads((Path(specs.__file__).parent / "compose-spec.json").read_text())
NAMES = sorted(path.name.removesuffix(".spec.yaml") for path in HERE.glob("*.spec.yaml"))
# What the spec alone does not say.
CONTEXTS: dict[str, dict[str, Any]] = {
    "external-store": {"user": None, "home": None, "image": "python:3.12", "minio_image": None},
    "foreign-minio": {
        "minio_image": "registry.example.com/minio/minio:RELEASE.2025-09-07T16-13-09Z",
        "ca_bundle": Path("/etc/ssl/certs/ca-certificates.crt"),
        "proxy": {"HTTPS_PROXY": "http://me:secret@proxy:3128", "http_proxy": "http://proxy:3128", "no_proxy": ".corp"},
    },
}
LEASES: dict[str, dict[str, Any]] = {
    "full": {
        "memory": 8_000_000_000,
        "gpus": ("GPU-aaaa", "GPU-bbbb"),
        "ports": {"8888": 8888, "api": 18000, "open": 9090},
    },
    "gpu-services": {"gpus": ("GPU-aaaa", "GPU-bbbb")},
    "shared": {"cpus": (), "dedicated": False},
    "minimal": {"ports": {"minio": 20000, "minio-console": 20001}},
}


def rendered(name: str) -> str:
    """Return the Compose file of one of the specs."""
    spec = specs.load(HERE / f"{name}.spec.yaml")
    context: Context = make.context(**CONTEXTS.get(name, {}))
    return compose.render(spec, make.lease(**LEASES.get(name, {})), context)[compose.FILE]


@pytest.mark.parametrize("name", NAMES)
def test_a_rendered_file_is_what_it_was(name: str, request: pytest.FixtureRequest) -> None:
    golden = HERE / f"{name}.yaml"
    text = rendered(name)
    if request.config.getoption("update_golden"):
        golden.write_text(text)
    assert text == golden.read_text(), "if the change is meant: pytest --update-golden tests/golden"


@pytest.mark.parametrize("name", NAMES)
def test_a_rendered_file_is_valid_by_composes_own_schema(name: str) -> None:
    jsonschema.validate(yaml.safe_load(rendered(name)), SCHEMA, cls=jsonschema.Draft7Validator)


def test_no_golden_file_is_left_behind_by_a_spec_that_went() -> None:
    assert {path.name for path in HERE.glob("*.yaml")} == {
        f"{name}{end}" for name in NAMES for end in (".yaml", ".spec.yaml")
    }
