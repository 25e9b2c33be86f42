"""Real-world Compose services mean the same to Compose after devenv as before it.

The files in `compose_services/` are of the kind found in public repositories: databases, brokers, ML tools, and every
way of writing things that Compose has. Needs the Compose plugin; no container is started.
"""

from __future__ import annotations

import copy
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from devenv import spec as specs
from devenv.agent.model import Lease
from devenv.render import compose
from devenv.render.context import Context
from tests.engine import compose_compare, compose_random

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.engine

SOURCES = Path(__file__).parent / "compose_services"
FILES = sorted(path.name for path in SOURCES.glob("*.yaml"))
LEASE = Lease(
    sandbox="0123abcd",
    owner="me",
    cpus=(2, 3),
    memory=2 * 1024**3,
    gpus=compose_compare.GPUS,
    ports={"minio": 9000, "minio-console": 9001},
)
GPUS = "resources: {gpus: 2}\n"  # services may ask for GPUs only where the sandbox leases some


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the sources, under a name that needs care."""
    path = tmp_path / "a folder, with $igns"
    shutil.copytree(SOURCES, path)
    return path


def context(folder: Path) -> Context:
    """Return the context of a sandbox whose spec lies in `folder`."""
    return Context(
        sandbox_id="0123abcd",
        owner="me",
        project="devenv-trip-0123abcd",
        folder=folder,
        image="alpine:3.20",
        minio_image="devenv/minio:1",
        state_dir=Path("/state"),
        target="laptop",
        spec_hash="0" * 64,
        pool=(0, 1),
    )


def rendered(folder: Path, original: str, elsewhere: Path) -> Path:
    """Put an original file through devenv.yaml, loading and rendering; return the rendered file, far from `folder`."""
    source = folder / "devenv.yaml"
    source.write_text(compose_compare.as_spec(original, GPUS if "capabilities: [gpu" in original else ""))
    spec = specs.load(source)
    for name, text in compose.render(spec, LEASE, context(folder)).items():
        (elsewhere / name).write_text(text)
    return elsewhere / compose.FILE


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder with nothing in it."""
    path = tmp_path / "elsewhere"
    path.mkdir()
    return path


def in_(folder: Path) -> tuple[str, str]:
    """Return the option that devenv gives to every call of Compose."""
    return "--project-directory", str(folder)


def both(folder: Path, elsewhere: Path, text: str, *options: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what Compose says of a file, and of what devenv rendered from it, run from another folder."""
    (folder / "docker-compose.yaml").write_text(text)
    before = compose_compare.config(folder / "docker-compose.yaml", cwd=folder)
    after = compose_compare.config(rendered(folder, text, elsewhere), *options, cwd=elsewhere)
    return compose_compare.comparable(before, after)


@pytest.mark.parametrize("name", FILES)
def test_compose_reads_the_rendered_services_as_it_read_the_original_ones(
    name: str, folder: Path, elsewhere: Path
) -> None:
    before, after = both(folder, elsewhere, (folder / name).read_text(), *in_(folder))
    assert before["services"]
    assert after == before


@pytest.mark.parametrize("name", FILES)
def test_the_rendered_file_means_the_same_without_a_project_directory(name: str, folder: Path, elsewhere: Path) -> None:
    before, after = both(folder, elsewhere, (folder / name).read_text(), "--env-file", str(folder / ".env"))
    assert after == before


@pytest.mark.parametrize("seed", range(4))
def test_random_services_mean_the_same(seed: int, folder: Path, elsewhere: Path) -> None:
    text = yaml.safe_dump(compose_random.project(seed, 120), sort_keys=False, width=10**6)
    before, after = both(folder, elsewhere, text, *(["--env-file", str(folder / ".env")] if seed % 2 else in_(folder)))
    assert len(before["services"]) == 120
    assert after == before


def test_the_collection_is_as_large_as_it_claims(folder: Path) -> None:
    services = [service for name in FILES for service in compose_compare.config(folder / name, cwd=folder)["services"]]
    assert len(services) >= 60
    assert len(set(services)) == len(services)


def test_a_variable_that_holds_a_relative_path_is_resolved_against_the_project_directory(
    folder: Path, elsewhere: Path
) -> None:
    (folder / ".env").write_text("DATA=./from-env\nNAME=named\n")
    text = """
services:
  one:
    image: alpine
    volumes: ["${DATA}/x:/x", "${DATA:-./other}/y:/y", "$DATA:/z", "${NAME}:/n", "${NAME:-other}:/m"]
    env_file: [{path: "${DATA}.env", required: false}]
volumes: {named: }
"""
    before, after = both(folder, elsewhere, text, *in_(folder))
    assert after == before
    assert before["services"]["one"]["volumes"][0]["source"] == str(folder / "from-env/x").replace("$", "$$")


AMBIGUOUS = ["yes", "no", "on", "y", "~", "null", "1", "010", "0o10", "1e3", "22:22", ".inf", "2024-01-01", "<<", ""]
SYNTAX = [
    "a: b",
    "# x",
    "- x",
    "*x",
    "&x",
    "!x",
    "|",
    "{",
    '"',
    "'",
    "\\n",
    "$",
    "$$",
    "$HOME",
    "${HOME:-x}",
    "a$",
    "${",
]
SPACE = [" ", " x ", "a\tb", "a\nb", "a\n\n", "\n", "a\n  b\n\nc\n", "a \nb", "$(id)", "`id`"]
UNICODE = ["é", "東京", "🚀", "\u2028", "\x85", "\ufeff", "\u00a0", "\x1b[0m", "\x7f"]
ODD = {f"ODD_{index}": text for index, text in enumerate([*AMBIGUOUS, *SYNTAX, *SPACE, *UNICODE])}


def test_every_odd_string_of_devenvs_own_fields_reaches_the_container_as_it_was_written(
    folder: Path, elsewhere: Path
) -> None:
    words = list(ODD.values())
    data = {"version": 1, "name": "trip", "image": "x", "env": ODD, "command": words, "health": {"command": words}}
    spec = specs.parse(data, source=folder / "devenv.yaml")
    (elsewhere / compose.FILE).write_text(compose.render(spec, LEASE, context(folder))[compose.FILE])
    found = compose_compare.config(elsewhere / compose.FILE, cwd=elsewhere)["services"]["sandbox"]
    # `config` writes a file that can be read again, and so doubles each `$` that it has not filled in.
    escaped = {name: text.replace("$", "$$") for name, text in ODD.items()}
    assert {name: found["environment"].get(name) for name in ODD} == escaped
    assert found["command"] == list(escaped.values())
    assert found["healthcheck"]["test"] == ["CMD", *escaped.values()]
    assert found["volumes"][0]["source"] == str(folder).replace("$", "$$")


MUTATIONS: dict[str, Callable[[dict[str, Any]], object]] = {
    "a health check is dropped": lambda services: services["postgres"].pop("healthcheck"),
    "a health check's time changes": lambda services: services["postgres"]["healthcheck"].update(interval="6s"),
    "a dollar is lost": lambda services: services["postgres"]["healthcheck"]["test"].__setitem__(
        1, "pg_isready -U $POSTGRES_USER"
    ),
    "a condition is weakened": lambda services: services["adminer"]["depends_on"]["postgres"].update(
        condition="service_started"
    ),
    "an environment variable is dropped": lambda services: services["postgres"]["environment"].pop("PGDATA"),
    "a number loses its quotes": lambda services: services["postgres"]["environment"].update(POSTGRES_DB=1.10),
    "a service is dropped": lambda services: services.pop("pgadmin"),
    "a service is added": lambda services: services.update(stranger={"image": "alpine"}),
    "a word is added": lambda services: services["postgres"].update(privileged=True),
    "a volume becomes writable": lambda services: services["postgres"]["volumes"][1].update(read_only=False),
    "a path moves": lambda services: services["postgres"]["volumes"][1].update(source="/elsewhere"),
    "a port moves": lambda services: services["postgres"]["ports"][0].update(published="5433"),
    "a port opens to everybody": lambda services: services["postgres"]["ports"][0].update(host_ip="0.0.0.0"),  # noqa: S104
    "a profile is lost": lambda services: services["pgadmin"].pop("profiles"),
    "log limits are not as documented": lambda services: services["postgres"]["logging"]["options"].update(
        {"max-file": "4"}
    ),
    "the CPUs are not the pool": lambda services: services["postgres"].update(cpuset="0-3"),
    "a label that is not ours is added": lambda services: services["postgres"]["labels"].update({"com.example": "x"}),
    "a restart policy changes": lambda services: services["postgres"].update(restart="no"),
}


def test_the_comparison_notices_every_change(folder: Path, elsewhere: Path) -> None:
    text = (folder / "postgres.yaml").read_text()
    before = compose_compare.config(folder / "postgres.yaml", cwd=folder)
    after = compose_compare.config(rendered(folder, text, elsewhere), *in_(folder), cwd=elsewhere)
    left, right = compose_compare.comparable(before, after)
    assert left == right
    for what, mutate in MUTATIONS.items():
        changed = {section: dict(after.get(section) or {}) for section in compose_compare.SECTIONS}
        changed["services"] = copy.deepcopy(after["services"])
        mutate(changed["services"])
        left, right = compose_compare.comparable(before, changed)
        assert left != right, what
