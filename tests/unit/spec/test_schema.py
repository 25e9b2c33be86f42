"""The JSON Schema that editors use agrees with the loader."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from devenv import locations, spec
from devenv.errors import SpecInvalid
from devenv.spec.merge import plain
from devenv.spec.schema import json_schema
from devenv.spec.yamlmap import parse
from tests.unit.spec.conftest import HEAD
from tests.unit.spec.specs import specs
from tests.unit.spec.test_faults import GOLDEN

if TYPE_CHECKING:
    from pathlib import Path

VALIDATOR = Draft202012Validator(json_schema())
TEMPLATES = sorted(locations.templates_dir().glob("*/devenv.yaml"))

# What the loader refuses and a schema cannot say: rules between fields, and what YAML has resolved already.
BEYOND = (
    "already taken",
    "has already",
    "is a secret",
    "reserved for",
    "an IP address",
    "split into words",
    "default_target",
    "with a zero",
    "at least 6MiB",
    "at least 1s",
    "needs one of http",
    "needs stop_after",
    "one check decides",
    "no MinIO is started",
    "must not be empty",
)


def data(text: str) -> Any:
    return plain(parse(text, "f")[0])


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(json_schema())
    assert json_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.parent.name)
def test_the_templates_are_valid_by_it(path: Path) -> None:
    assert not list(VALIDATOR.iter_errors(data(path.read_text())))


def uncommented(text: str) -> str:
    """Take the # from all lines of the starter that are YAML: those without exactly one space behind it."""
    return re.sub(r"(?m)^#(?! \S)", "", text)


def test_the_starter_is_valid_with_every_line_uncommented(tmp_path: Path) -> None:
    text = uncommented((locations.templates_dir() / "starter" / "devenv.yaml").read_text())
    assert not list(VALIDATOR.iter_errors(data(text)))
    (tmp_path / "devenv.yaml").write_text(text)
    assert spec.load(tmp_path / "devenv.yaml").idle is not None


def test_the_starter_explains_every_field() -> None:
    text = (locations.templates_dir() / "starter" / "devenv.yaml").read_text()
    schema = json_schema()
    names = set(schema["properties"])
    for title, definition in schema["$defs"].items():
        if not title.startswith("compose_") and title not in ("service", "Profile"):
            names |= set(definition["properties"])
    missing = {name for name in names if not re.search(rf"\b{name}:", text)}
    assert not missing


def test_every_field_has_a_description() -> None:
    schema = json_schema()
    owners = [schema] + [value for name, value in schema["$defs"].items() if name[0].isupper()]
    for owner in owners:
        assert owner["description"]
        for name, field in owner["properties"].items():
            assert field["description"].endswith("." if name != "backend" else ""), name


@pytest.mark.parametrize("text", [text for text in GOLDEN if not any(word in GOLDEN[text] for word in BEYOND)])
def test_what_the_loader_refuses_the_editor_underlines(text: str) -> None:
    assert list(VALIDATOR.iter_errors(data(HEAD + text)))


@pytest.mark.parametrize(
    "text",
    [
        "services: {db: {image: x, healthcheck: {tst: 1}}}",
        "services: {db: {image: x, resources: {cpu: 1}}}",
        "compose: {volumes: {a: {drivr: x}}}",
        "profiles: {ci: {resourcs: {}}}",
        "targets: {t: {backend: vagrant, region: x}}",
    ],
)
def test_it_reaches_into_services_profiles_and_targets(text: str) -> None:
    assert list(VALIDATOR.iter_errors(data(HEAD + text)))


@pytest.mark.parametrize(
    "text",
    [
        "services: {db: {image: x, ports: [22:22], resources: {cpus: 0.5}, x-mine: 1}}",
        "compose: {volumes: {data: }}",
        "profiles: {ci: {env: {A: null}, minio: null, targets: {cloud: {region: eu-west-1}}}}",
        "x-note: anything",
        "workspace: ./src\nminio: true\nresources: {gpus: 2, disk: null}",
    ],
)
def test_what_the_loader_takes_the_editor_leaves_alone(text: str) -> None:
    assert not list(VALIDATOR.iter_errors(data(HEAD + text)))


@settings(max_examples=150, deadline=None)
@given(specs())
def test_loader_and_schema_agree_on_generated_specs(written: dict[str, Any]) -> None:
    try:
        spec.parse(yaml.safe_load(yaml.safe_dump(written)))
    except SpecInvalid as error:
        pytest.fail(f"{written}: {error}")
    assert not list(VALIDATOR.iter_errors(written))
