"""The example job, made real: it trains from its bucket on its own cores, and says the truth about its accuracy."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.engine

TEMPLATE = Path(__file__).resolve().parents[2] / "templates" / "python-ml"
NAME = "test-job"
HELD_OUT = range(1348, 1797)


@dataclass(frozen=True)
class Job:
    """The running sandbox of the template."""

    sandbox: dict[str, Any]
    folder: Path

    def devenv(self, *words: str) -> str:
        """Run a verb beside the spec, and return its output."""
        done = subprocess.run(
            [sys.executable, "-m", "devenv", *words], cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ask(self, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
        """Return the status and the answer of the server; a body is posted."""
        data = None if body is None else json.dumps(body).encode()
        url = f"http://127.0.0.1:{self.sandbox['lease']['ports']['api']}{path}"
        try:
            with urllib.request.urlopen(urllib.request.Request(url, data), timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Job]:
    folder = tmp_path_factory.mktemp("job") / "work"
    shutil.copytree(TEMPLATE, folder)
    spec = folder / "devenv.yaml"
    spec.write_text(spec.read_text().replace("name: python-ml", f"name: {NAME}"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEVENV_HOME", str(folder.parent / "state"))
        blank = Job({}, folder)
        try:
            yield Job(json.loads(blank.devenv("up", "--json"))["data"]["sandbox"], folder)
        finally:
            blank.devenv("destroy", "--yes", NAME)


def test_the_accuracy_it_prints_is_the_one_that_its_answers_have(job: Job) -> None:
    printed = re.search(r"accuracy (0\.\d+) on 449 held-out images", job.devenv("logs"))
    assert printed
    answers = [job.ask(f"/predict?index={index}")[1] for index in HELD_OUT]
    right = sum(answer["digit"] == answer["label"] for answer in answers)
    assert f"{right / len(HELD_OUT):.4f}" == printed[1]
    assert right / len(HELD_OUT) > 0.95


def test_it_trained_on_the_leased_cores(job: Job) -> None:
    cores = job.ask("/healthz")[1]["model"]["cores"]
    assert [int(core) for core in cores.split(",")] == job.sandbox["lease"]["cpus"]


def test_an_image_of_ones_own_is_answered_with_a_digit(job: Job) -> None:
    status, answer = job.ask("/predict", {"pixels": [0] * 64})
    assert status == 200
    assert answer["digit"] in range(10)


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("/predict?index=1797", None, "from 0 to 1796"),
        ("/predict?index=-1", None, "from 0 to 1796"),
        ("/predict", None, "which image"),
        ("/predict", {"pixels": [1, 2]}, "a list of 64 numbers, not a list of 2"),
        ("/predict", {"pixels": [0] * 63 + [17]}, "pixels[63]"),
        ("/predict", {"pixels": [0] * 63 + [True]}, "pixels[63]"),
        ("/predict", [1], '{"pixels"'),
    ],
)
def test_a_wrong_request_gets_400_and_the_reason(job: Job, path: str, body: object, reason: str) -> None:
    status, answer = job.ask(path, body)
    assert status == 400
    assert reason in answer["error"]


def test_a_new_run_is_served_without_a_restart(job: Job) -> None:
    before = job.ask("/healthz")[1]["model"]["trained-at"]
    job.devenv("run", "--", "python", "train.py")
    job.ask("/predict?index=0")
    assert job.ask("/healthz")[1]["model"]["trained-at"] > before


def test_a_restart_serves_the_model_that_is_there(job: Job) -> None:
    before = job.ask("/healthz")[1]["model"]
    job.devenv("halt")
    job.devenv("start")
    assert job.ask("/healthz")[1]["model"] == before
