"""Side services: Compose's words pass untouched, its typos do not, and no promise of the sandbox can be broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from devenv.spec import composewords
from devenv.spec.composewords import definitions
from devenv.spec.loader import from_data
from devenv.spec.reading import Faults
from devenv.spec.yamlmap import Mark

if TYPE_CHECKING:
    from tests.unit.spec.conftest import Bench

# A service -> the one fault, its path after `services.`.
FAULTS = {
    "db: {imag: x, build: .}": "db.imag: is not a word of Compose; did you mean image?",
    "db: {image: x, healthcheck: {tst: [CMD, x]}}": (
        "db.healthcheck.tst: is not a word of Compose; did you mean test?"
    ),
    "db: {image: x, command: {a: 1}}": "db.command: must be nothing, text or a list; got a map of 1",
    "db: {image: x, environment: {A: [1]}}": (
        "db.environment.A: must be text, a number, true or false or nothing; got a list of 1"
    ),
    "db: {image: x, user: 1000}": "db.user: must be text; got 1000; put it in quotes",
    "db: {image: x, depends_on: {minio: {condition: service_helthy}}}": (
        "db.depends_on.minio.condition: must be service_started, service_healthy or service_completed_successfully;"
        ' got "service_helthy"; did you mean service_healthy?'
    ),
    "db: {image: x, volumes: [{source: a, target: /b}]}": "db.volumes[0].type: is missing",
    "db: {}": "db: needs an image or a build",
    "db: 5": "db: must be a map; got 5",
    "db: {image: x, depends_on: [dbx]}": 'db.depends_on[0]: "dbx": is not a service here; did you mean db?',
    "db: {image: x, depends_on: [db]}": "db.depends_on[0]: is the service itself",
    "db: {image: x, depends_on: [sandbox]}": 'db.depends_on[0]: "sandbox": the sandbox starts after its services',
    "db: {image: x, network_mode: 'service:web'}": 'db.network_mode: "web": is not a service here',
    "db: {image: x, links: ['web:w']}": 'db.links[0]: "web": is not a service here',
    "db: {image: x, volumes: ['data:/x']}": (
        'db.volumes[0]: uses "data", which is not in compose.volumes; add it under compose.volumes'
    ),
    "db: {image: x, networks: [front]}": (
        'db.networks[0]: uses "front", which is not in compose.networks; add it under compose.networks'
    ),
    "db: {image: x, secrets: [{source: s}]}": (
        'db.secrets[0]: uses "s", which is not in compose.secrets; add it under compose.secrets'
    ),
    "db: {image: x, configs: [c]}": (
        'db.configs[0]: uses "c", which is not in compose.configs; add it under compose.configs'
    ),
    "db: {image: x, cpuset: '0'}": (
        "db.cpuset: is refused: devenv gives services the cores that nobody has leased; set resources.cpus instead"
    ),
    "db: {image: x, scale: 2}": "db.scale: must be 1: a sandbox runs one container of each service; got 2",
    "db: {image: x, deploy: {replicas: 3}}": (
        "db.deploy.replicas: must be 1: a sandbox runs one container of each service; got 3"
    ),
    "db: {image: x, gpus: all}": "db.gpus: takes a GPU that no lease covers; ask for it with resources.gpus",
    "db: {image: x, deploy: {resources: {reservations: {devices: [{capabilities: [gpu], count: 1}]}}}}": (
        "db.deploy.resources.reservations.devices[0]: takes a GPU that no lease covers; ask for it with resources.gpus"
    ),
    "db: {image: x, resources: {cpu: 1}}": "db.resources.cpu: is not a field; did you mean cpus?",
    "db: {image: x, resources: {cpus: 0}}": ("db.resources.cpus: must be a number above 0 and at most 4096; got 0"),
    "db: {image: x, runtime: nvidia}": "db.runtime: takes a GPU that no lease covers; ask for it with resources.gpus",
    "db: {image: x, devices: ['/dev/nvidia0:/dev/nvidia0']}": (
        'db.devices[0]: is refused: the lease decides which GPU; got "/dev/nvidia0:/dev/nvidia0"'
    ),
    "db: {image: x, devices: ['nvidia.com/gpu=all']}": (
        'db.devices[0]: is refused: the lease decides which GPU; got "nvidia.com/gpu=all"'
    ),
    "sandbox: {image: x}": "sandbox: is a name that every sandbox uses itself; take another",
    "minio: {image: x}": "minio: is a name that every sandbox uses itself; take another",
    "a b: {image: x}": '"a b": must be letters, digits, dots, dashes and underscores; got "a b"',
}


@pytest.mark.parametrize("text", FAULTS)
def test_each_mistake_in_a_service_is_one_line(bench: Bench, text: str) -> None:
    said = bench.fault(f"services:\n  {text}\n")
    assert said.split(": ", 1)[1] == f"services.{FAULTS[text]}"
    assert said.startswith("devenv.yaml:5:")


@pytest.mark.parametrize(
    "text",
    [
        "image: x\n    x-note: mine",
        "image: x\n    ports: [22:22, '8080:80', {target: 80, published: 8080}]",
        "image: x\n    environment: [A=1, B]",
        "image: x\n    environment: {A: 1, B: true, C: }",
        "image: x\n    healthcheck: {disable: true}",
        "image: x\n    mem_limit: ${MEM:-1g}\n    privileged: ${P:-false}\n    scale: ${N:-1}",
        "image: x\n    depends_on: {minio: {condition: service_healthy}}",
        "image: x\n    volumes: ['./data:/x', '/a:/b', '~/c:/d', '/anonymous', '${V}:/e', 'named:/f']",
        "image: x\n    networks: {default: {aliases: [a]}}",
        "image: x\n    network_mode: host\n    privileged: true\n    pid: host",
        "image: x\n    deploy: {resources: {limits: {cpus: '0.5', memory: 1g}}}",
        "image: x\n    ulimits: {nofile: {soft: 1, hard: 2}, memlock: -1}",
        "build: .\n    container_name: mine\n    profiles: [debug]\n    deploy: {replicas: 1}",
        "extends: {file: other.yaml, service: x}",
        "image: x\n    command: [sh, -c, 'echo $$HOME']\n    env_file: [{path: .env, required: false}]",
    ],
)
def test_words_of_compose_pass(bench: Bench, text: str) -> None:
    bench.load(f"services:\n  db:\n    {text}\ncompose: {{volumes: {{named: }}}}\n")


def test_words_of_compose_keep_their_values(bench: Bench) -> None:
    text = "services: {db: {image: x, environment: {A: yes, B: 0440}, ports: [22:22], resources: {cpus: 0.5}}}\n"
    found = bench.load(text)
    assert found.services["db"] == {"image": "x", "environment": {"A": "yes", "B": 288}, "ports": ["22:22"]}
    assert found.service_resources["db"].cpus == 0.5


def test_a_service_may_use_gpus_that_are_leased_but_not_all_of_the_hosts(bench: Bench) -> None:
    gpus = "resources: {gpus: 1}\nservices:\n  db: "
    bench.load(gpus + "{image: x, gpus: all}\n")
    assert bench.fault(gpus + "{image: x, privileged: true}\n") == (
        "devenv.yaml:6:30: services.db.privileged: is refused beside a GPU lease: it sees every GPU of the host"
    )


@pytest.mark.parametrize("minio", ["false", "{external: {}}"])
def test_a_service_cannot_wait_for_a_minio_that_is_not_there(bench: Bench, minio: str) -> None:
    assert "is not a service here" in bench.fault(
        f"minio: {minio}\nservices: {{db: {{image: x, depends_on: [minio]}}}}\n"
    )


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("volumes: {a: {drivr: local}}", "compose.volumes.a.drivr: is not a word of Compose; did you mean driver?"),
        ("networks: {a: 5}", "compose.networks.a: must be a map; got 5"),
        ("secrets: {a: {file: [x]}}", "compose.secrets.a.file: must be text; got a list of 1"),
        ("services: {}", "compose.services: is not a field"),
    ],
)
def test_composes_other_sections_are_looked_into(bench: Bench, section: str, said: str) -> None:
    assert said in bench.fault(f"compose: {{{section}}}\n")


FILE = json.loads((Path(composewords.__file__).parent / "compose-spec.json").read_text())
ORACLE = Draft7Validator({"$ref": "#/definitions/service", "definitions": FILE["definitions"]})
PROPERTIES = sorted(definitions()["service"]["properties"])
scalars = st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from([0.5, "x", "1", "no", "a=b", "gpu"])
words = st.sampled_from(
    ["condition", "test", "source", "target", "type", "path", "context", "A", "x-a", "soft", "hard"]
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3), max_leaves=8
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(PROPERTIES), values, max_size=4))
def test_nothing_is_refused_that_composes_own_schema_takes(service: dict[str, object]) -> None:
    report = Faults(from_data({"services": {"s": service}}, Mark("f")))
    composewords.check(service, "service", ("services", "s"), report)
    if report.found:
        assert list(ORACLE.iter_errors(service)), report.found


def test_the_vendored_schema_uses_no_keyword_that_is_not_read() -> None:
    read = {"type", "properties", "additionalProperties", "patternProperties", "oneOf", "$ref", "items", "required"}
    read |= {"enum"}
    harmless = {"description", "default", "deprecated", "format", "uniqueItems", "minimum", "maximum", "pattern"}
    harmless |= {"title", "$comment"}

    def keywords(schema: object) -> set[str]:
        if isinstance(schema, list):
            return {word for item in schema for word in keywords(item)}
        if not isinstance(schema, dict):
            return set()
        found = set(schema)
        for name, value in schema.items():
            if name in {"properties", "patternProperties"}:
                found |= {word for item in value.values() for word in keywords(item)}
            elif name not in {"enum", "required", "default"}:
                found |= keywords(value)
        return found

    unread = {word for item in definitions().values() for word in keywords(item)} - read - harmless
    assert not unread
