"""What a service refers to is found, and a change of it is a change of the service."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from devenv import spec as specs
from devenv.render import inputs

if TYPE_CHECKING:
    from devenv.spec.model import Spec

SERVICES = {
    "one": {
        "image": "x:${TAG:-${OTHER}}",
        "environment": ["A=$B", "PASSED", "LITERAL=$$C"],
        "env_file": ["one.env", {"path": "two.env", "required": False}],
        "extends": {"service": "base"},
        "configs": ["c"],
        "secrets": [{"source": "s"}],
    },
    "base": {"image": "y", "environment": {"NULL": None, "SET": "${D}"}, "label_file": "labels"},
    "far": {"extends": {"file": "common.yml", "service": "x"}},
    "plain": {"image": "z", "command": "echo $$HOME"},
}
SECTIONS = {
    "configs": {"c": {"content": "${E}"}, "unused": {"content": "${F}"}},
    "secrets": {"s": {"environment": "G"}},
}


def spec() -> Spec:
    data = {"version": 1, "name": "x", "image": "x", "services": SERVICES, "compose": SECTIONS}
    return specs.parse(data, source=Path("/p/devenv.yaml"))


def digests(environment: dict[str, str] | None = None, files: dict[str, str] | None = None) -> dict[str, str]:
    held: dict[str, Any] = {path: text.encode() for path, text in (files or {}).items()}
    return inputs.digests(spec(), environment or {}, held.get)


def test_variables_and_files_are_found_through_what_a_service_extends_and_uses() -> None:
    found = inputs.of_service(spec(), "one")
    assert found.variables == ("B", "D", "E", "G", "NULL", "OTHER", "PASSED", "TAG")
    assert found.files == ("/p/one.env", "/p/two.env", "/p/labels")
    assert inputs.of_service(spec(), "far").files == ("/p/common.yml",)
    assert inputs.of_service(spec(), "plain") == inputs.Inputs((), ())


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


def test_a_change_is_seen_by_the_services_that_refer_to_it_and_by_no_other() -> None:
    nothing = digests()
    assert changed(nothing, digests({"B": "1"})) == {"one"}
    assert changed(nothing, digests({"D": "1"})) == {"one", "base"}
    assert changed(nothing, digests({"F": "1", "HOME": "x", "C": "1"})) == set()
    assert changed(nothing, digests(files={"/p/.env": "TAG=2\n"})) == {"one"}
    assert changed(nothing, digests(files={"/p/.env": "UNRELATED=2\nXTAG=1\n"})) == set()
    assert changed(nothing, digests(files={"/p/two.env": "x"})) == {"one"}
    assert changed(nothing, digests(files={"/p/common.yml": "x"})) == {"far"}


def test_the_environment_wins_over_dotenv_as_in_compose() -> None:
    with_both = digests({"TAG": "1"}, {"/p/.env": "TAG=2"})
    assert with_both == digests({"TAG": "1"}, {"/p/.env": "TAG=3"})


def test_a_service_that_refers_to_nothing_has_no_digest() -> None:
    assert digests({"HOME": "/x"})["plain"] == ""
    assert digests()["one"] == ""


def test_values_are_not_in_a_digest() -> None:
    assert "hunter2" not in str(digests({"B": "hunter2"}))
