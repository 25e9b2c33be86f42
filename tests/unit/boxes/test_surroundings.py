"""What a machine gives to a build: apt sources, roots, proxies."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from devenv.boxes import apt, build, recipe, trust

if TYPE_CHECKING:
    from pathlib import Path

DEB822 = """\
Types: deb deb-src
# a comment
URIs: http://mirror.example/debian/
Suites: bookworm bookworm-updates bookworm-backports
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: https://vendor.example/apt
Suites: nodistro
Components: main

Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
Enabled: no
"""


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http", "https", "ftp", "all", "no"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name}_PROXY".upper(), raising=False)
    monkeypatch.setattr(trust, "_LOCAL_ROOTS", ())
    return monkeypatch


def test_sources_of_the_suite_are_taken_and_those_of_strangers_left(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d" / "debian.sources").write_text(DEB822)
    (tmp_path / "sources.list.d" / "cloud.list").write_text("deb https://vendor.example/apt cloud-bookworm main\n")
    (tmp_path / "sources.list").write_text(
        "# deb http://old.example/debian bookworm main\ndeb [arch=amd64] http://sec.example bookworm-security main #\n"
    )
    lines = [line.split("] ")[1] for line in apt.here("bookworm", tmp_path).splitlines()]
    assert lines == [
        "http://sec.example bookworm-security main",
        "http://mirror.example/debian bookworm main",
        "http://mirror.example/debian bookworm-updates main",
    ]


def test_another_suite_than_this_machines_comes_from_debian(tmp_path: Path) -> None:
    assert apt.here("trixie", tmp_path) == apt.public("trixie")


def test_without_roots_of_ones_own_no_bundle_is_given(bare: pytest.MonkeyPatch) -> None:
    del bare
    assert trust.bundle() is None


def test_the_bundle_that_the_environment_names_is_given(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare.setenv("SSL_CERT_FILE", str(tmp_path / "absent.pem"))
    bare.setenv("CURL_CA_BUNDLE", str(tmp_path / "roots.pem"))
    assert trust.bundle() is None
    (tmp_path / "roots.pem").write_text("a root")
    assert trust.bundle() == tmp_path / "roots.pem"


def test_roots_of_ones_own_bring_the_systems_bundle(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    roots, made = tmp_path / "roots", tmp_path / "bundle.crt"
    roots.mkdir()
    made.write_text("all roots")
    bare.setattr(trust, "_LOCAL_ROOTS", ((roots, made),))
    assert trust.bundle() is None
    (roots / "corp.crt").write_text("ours")
    assert trust.bundle() == made


def test_proxies_are_given_in_both_spellings(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("HTTPS_PROXY", "http://proxy:3128")
    bare.setenv("no_proxy", "localhost")
    assert trust.proxy() == {
        "https_proxy": "http://proxy:3128",
        "HTTPS_PROXY": "http://proxy:3128",
        "no_proxy": "localhost",
        "NO_PROXY": "localhost",
    }


def test_the_context_keeps_what_the_box_is_apart_from_what_the_machine_needs(
    bare: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "roots.pem").write_text("a root")
    bare.setenv("SSL_CERT_FILE", str(tmp_path / "roots.pem"))
    (tmp_path / "program").write_text("an executable")
    (tmp_path / "context").mkdir()
    build.write_context(recipe.load("minio"), [tmp_path / "program"], tmp_path / "context")
    content = {str(file.relative_to(tmp_path / "context")) for file in (tmp_path / "context").rglob("*")}
    assert {"Dockerfile", "build/ca.crt", "build/env", "content/devenv-entry", "content/programs/0"} <= content
    assert "PIP_CERT=/tmp/devenv-build/ca.crt" in (tmp_path / "context" / "build" / "env").read_text()
    assert "roots.pem" not in (tmp_path / "context" / "Dockerfile").read_text()
    program = tmp_path / "context" / "content" / "programs" / "0"
    assert stat.S_IMODE(program.stat().st_mode) == 0o755
