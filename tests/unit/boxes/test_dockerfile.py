"""The one Dockerfile text of every box, compared with the ones in tests/golden/boxes."""

from __future__ import annotations

from pathlib import Path

import pytest

from devenv.boxes import dockerfile, recipe

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "boxes"


@pytest.mark.parametrize("name", ["base", "minio", "python-ml"])
def test_each_box_becomes_this_dockerfile(name: str, request: pytest.FixtureRequest) -> None:
    text = dockerfile.render(recipe.load(name))
    golden = GOLDEN / f"{name}.Dockerfile"
    assert text == golden.read_text(), f"if the change is meant: devenv box show {name}, then {request.node.nodeid}"


def test_each_file_of_the_context_is_copied_once() -> None:
    box = recipe.load("minio")
    text = dockerfile.render(box)
    for source, target in dockerfile.copies(box):
        assert text.count(f'COPY ["content/{source}", "{target}"]') == 1


def test_a_value_of_the_environment_is_quoted_for_the_builder(tmp_path: Path) -> None:
    (tmp_path / "boxes" / "mine").mkdir(parents=True)
    (tmp_path / "boxes" / "mine" / "box.yaml").write_text("env: {A: 'two words', B: 'a \"quote\" é \\'}\n")
    text = dockerfile.render(recipe.load("mine", tmp_path))
    assert r'A="two words" B="a \"quote\" é \\"' in text
