"""A side service gets GPUs of the lease and no other, however it asks."""

from __future__ import annotations

from typing import Any

import pytest

from devenv.render import gpus

LEASED = ("GPU-a", "GPU-b")


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ("all", [{"device_ids": ["GPU-a", "GPU-b"]}]),
        ([{"count": 1}], [{"device_ids": ["GPU-a"]}]),
        ([{"count": "all", "driver": "nvidia"}], [{"driver": "nvidia", "device_ids": ["GPU-a", "GPU-b"]}]),
        ([{"count": -1}], [{"device_ids": ["GPU-a", "GPU-b"]}]),
        ([{"count": 8}], [{"device_ids": ["GPU-a", "GPU-b"]}]),
        ([{"count": "${N}"}], [{"device_ids": ["GPU-a", "GPU-b"]}]),
        ([{"device_ids": ["3"]}], [{"device_ids": ["GPU-a"]}]),
    ],
)
def test_a_request_is_narrowed_to_the_lease(asked: Any, got: Any) -> None:
    assert gpus.narrowed({"gpus": asked}, LEASED) == {"gpus": got}
    if isinstance(asked, list):
        reserve = [{**asked[0], "capabilities": ["gpu"]}]
        words = gpus.narrowed({"deploy": {"resources": {"reservations": {"devices": reserve}}}}, LEASED)
        assert words["deploy"]["resources"]["reservations"]["devices"][0]["device_ids"] == got[0]["device_ids"]


@pytest.mark.parametrize(
    "request_",
    [
        *({"capabilities": [word]} for word in ("gpu", "nvidia", "compute", "utility", "${CAPABILITY:-gpu}")),
        *({"driver": word, "capabilities": []} for word in ("nvidia", "${DRIVER}")),
    ],
)
def test_every_way_of_asking_for_a_gpu_is_seen(request_: dict[str, Any]) -> None:
    words = {"deploy": {"resources": {"reservations": {"devices": [request_]}}}}
    for leased in (LEASED, ()):
        (got,) = gpus.narrowed(words, leased)["deploy"]["resources"]["reservations"]["devices"]
        assert got == {**request_, "device_ids": list(leased)}


def test_a_cdi_name_is_that_of_a_leased_gpu() -> None:
    asked = {"driver": "cdi", "device_ids": ["nvidia.com/gpu=all"], "capabilities": ["gpu"]}
    words = gpus.narrowed({"deploy": {"resources": {"reservations": {"devices": [asked]}}}}, LEASED)
    assert words["deploy"]["resources"]["reservations"]["devices"][0]["device_ids"] == ["nvidia.com/gpu=GPU-a"]


def test_devices_that_are_no_gpus_and_the_rest_of_deploy_stay() -> None:
    deploy = {
        "resources": {
            "limits": {"cpus": "1"},
            "reservations": {"memory": "1g", "devices": [{"capabilities": ["tpu"], "count": 2}]},
        },
        "restart_policy": {"condition": "any"},
    }
    assert gpus.narrowed({"deploy": deploy}, LEASED) == {"deploy": deploy}


@pytest.mark.parametrize("leased", [LEASED, ()])
@pytest.mark.parametrize("environment", [None, ["NVIDIA_VISIBLE_DEVICES=all"], {"NVIDIA_VISIBLE_DEVICES": "all"}])
def test_the_nvidia_runtime_shows_no_other_gpus(environment: Any, leased: tuple[str, ...]) -> None:
    shown = ",".join(leased) or "void"
    for runtime in ("nvidia", "${RUNTIME:-nvidia}"):
        words = gpus.narrowed({"runtime": runtime, "environment": environment}, leased)
        assert words["environment"] in ([f"NVIDIA_VISIBLE_DEVICES={shown}"], {"NVIDIA_VISIBLE_DEVICES": shown})


def test_without_a_lease_of_gpus_there_is_no_device_request() -> None:
    assert gpus.devices(()) == {}
