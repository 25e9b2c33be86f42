"""The storms: what each begins with, and what one round of it does.

`prepare` brings the stage to where every round begins; `rage` is one round, and leaves the stage where it began.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.storm.stage import Stage
from devenv import locations
from devenv.boxes import build, recipe
from devenv.errors import NotFound
from devenv.objectstore import minio
from devenv.sandbox import credentials

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from docker import DockerClient

    from benchmarks.rig import Rig

BUCKET = "data"
SPEC: dict[str, Any] = {
    "box": "base",
    "command": ["sleep", "infinity"],
    "workspace": False,
    "resources": {"memory": "256MiB"},
    "health": {"command": ["true"], "interval": "1s"},
    "minio": {"buckets": [BUCKET]},
}


@dataclass(frozen=True)
class Storm:
    """How a storm's stage is set, and its round."""

    stage: Callable[[Rig, DockerClient, str], Stage]
    prepare: Callable[[Stage], None]
    rage: Callable[[Stage, random.Random], None]


def _small(rig: Rig, engine: DockerClient, name: str) -> Stage:
    return Stage(rig, engine, name, rig.write(name, SPEC), ("sandbox", "minio"), volumes=1)


def _with_keeper(rig: Rig, engine: DockerClient, name: str) -> Stage:
    image = build.reference(recipe.load("base"))
    keeper = {"image": image, "command": ["sleep", "infinity"], "user": "0", "volumes": ["kept:/kept"]}
    spec = {**SPEC, "services": {"keeper": keeper}, "compose": {"volumes": {"kept": {}}}}
    return Stage(rig, engine, name, rig.write(name, spec), ("sandbox", "minio", "keeper"), volumes=2)


def _absent(stage: Stage) -> None:
    stage.undisturbed("up")
    stage.undisturbed("destroy")


def _running(stage: Stage) -> None:
    stage.undisturbed("up")
    stage.undisturbed("halt")
    stage.undisturbed("start")


def _up(stage: Stage, chance: random.Random) -> None:
    stage.cut("up", chance)
    stage.mend("up")
    stage.expect_running()
    stage.mend("destroy")
    stage.expect_gone()


def _destroy(stage: Stage, chance: random.Random) -> None:
    # In a third of the rounds it is a half-made sandbox that is destroyed, by a `destroy` that is killed or is not.
    half_made = chance.random() < 1 / 3
    if half_made:
        stage.cut("up", chance)
    else:
        stage.mend("up")
    if not half_made or chance.random() < 0.5:  # noqa: PLR2004 -- half of those
        stage.cut("destroy", chance)
    stage.mend("destroy", also=NotFound.exit_code)
    stage.expect_gone()


def _halt(stage: Stage, chance: random.Random) -> None:
    stage.cut("halt", chance)
    stage.mend("halt")
    stage.compare("containers", {state for _, state in stage.there()["containers"]}, {"exited"})
    stage.cut("start", chance)
    stage.mend("start")
    stage.expect_running()


def _put(stage: Stage) -> None:
    """Begin with a file in a volume and an object in a bucket: what no change may lose."""
    stage.undisturbed("up")
    stage.container("keeper").exec_run(["sh", "-c", "echo precious >/kept/word"])
    _store(stage).put_object(Bucket=BUCKET, Key="word", Body=b"precious")
    _write(stage, mode="calibrated", mebibytes=256)
    stage.undisturbed("up")


def _change(stage: Stage, chance: random.Random) -> None:
    changed = json.loads(stage.spec.read_text())
    mode, mebibytes = changed["env"]["MODE"], int(changed["resources"]["memory"].removesuffix("MiB"))
    # Memory changes in place, an environment recreates; every other round does one of them.
    if len(stage.cuts) % 2:
        mebibytes = 256 + 320 - mebibytes
    else:
        mode = f"{chance.randrange(10**6)}"
    _write(stage, mode=mode, mebibytes=mebibytes)
    stage.cut("up", chance)
    stage.mend("up")
    stage.expect_running()
    with stage.noting():
        attrs = stage.container("sandbox").attrs
        stage.compare("memory", attrs["HostConfig"]["Memory"], mebibytes << 20)
        stage.compare("MODE", [v for v in attrs["Config"]["Env"] if v.startswith("MODE=")], [f"MODE={mode}"])
        kept = stage.container("keeper").exec_run(["cat", "/kept/word"]).output
        stage.compare("file in the volume", kept, b"precious\n")
        stage.compare("object in the bucket", _object(stage), b"precious")


def _write(stage: Stage, *, mode: str, mebibytes: int) -> None:
    spec = json.loads(stage.spec.read_text())
    stage.spec.write_text(json.dumps({**spec, "env": {"MODE": mode}, "resources": {"memory": f"{mebibytes}MiB"}}))


def _store(stage: Stage) -> Any:
    keys = credentials.minio_keys(locations.sandbox_dir(stage.name))
    if keys is None:
        raise NotFound("the store's credentials are gone")
    return minio.client(f"http://127.0.0.1:{stage.port('minio')}", keys)


def _object(stage: Stage) -> bytes | str:
    try:
        found: bytes = _store(stage).get_object(Bucket=BUCKET, Key="word")["Body"].read()
    except Exception as error:  # noqa: BLE001 -- boto3's classes are made at run time; whichever it is, it is the finding
        return repr(error)
    return found


STORMS = {
    "storm-up": Storm(_small, _absent, _up),
    "storm-destroy": Storm(_small, _absent, _destroy),
    "storm-halt": Storm(_small, _running, _halt),
    "storm-change": Storm(_with_keeper, _put, _change),
}
