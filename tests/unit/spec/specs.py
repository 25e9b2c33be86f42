"""Valid specs, generated: for properties that must hold for all of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

names = st.from_regex(r"[a-z0-9][a-z0-9-]{0,40}", fullmatch=True)
variables = st.from_regex(r"[A-Z_][A-Z0-9_]{0,10}", fullmatch=True)
text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(str.strip)
sizes = st.builds(
    "{}{}".format, st.integers(7, 4000), st.sampled_from(["MiB", "GiB", "GB", "MB", " GiB"])
) | st.integers(2**24, 2**50)
durations = st.builds("{}{}".format, st.integers(60, 4000), st.sampled_from(["s", "m", "h", "d"]))
port_numbers = st.integers(1, 65535)
words = st.lists(text, min_size=1, max_size=4)


def _some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


gpus = st.integers(0, 8) | _some(
    count=st.integers(1, 8), vendor=st.sampled_from(["nvidia", "amd"]), model=text, memory=sizes
)
resources = _some(
    cpus=st.integers(1, 4096),
    memory=sizes,
    disk=sizes | st.none(),
    shm_size=sizes,
    gpus=gpus,
    dedicated=st.booleans(),
    core_type=st.sampled_from(["P", "E", "any"]),
)
shares = _some(cpus=st.integers(1, 8) | st.sampled_from([0.5, 1.5]), memory=sizes)
ports = st.lists(
    port_numbers
    | st.fixed_dictionaries({"guest": port_numbers}, optional={"host": st.just("auto"), "bind": st.just("0.0.0.0")}),  # noqa: S104
    max_size=4,
    unique_by=lambda port: port["guest"] if isinstance(port, dict) else port,
)
service = st.fixed_dictionaries(
    {"image": st.sampled_from(["postgres:16", "redis"])},
    optional={
        "environment": st.dictionaries(variables, text | st.integers() | st.booleans() | st.none(), max_size=3),
        "command": words,
        "resources": shares,
        "depends_on": st.just(["minio"]),
    },
)
targets = st.dictionaries(
    names,
    st.one_of(
        st.fixed_dictionaries({"backend": st.just("compose")}, optional={"host": st.just("ssh://ml@gpu")}),
        st.fixed_dictionaries(
            {"backend": st.just("vagrant")}, optional={"provider": st.sampled_from(["virtualbox", "libvirt"])}
        ),
        st.fixed_dictionaries(
            {"backend": st.just("ec2")},
            optional={
                "region": st.just("eu-central-1"),
                "max_price": st.sampled_from([1, 1.5]),
                "spot": st.sampled_from(["never", "prefer", "require"]),
                "pool": names,
            },
        ),
        st.fixed_dictionaries(
            {"backend": st.just("slurm"), "login": st.just("ssh://ml@login")}, optional={"time": durations}
        ),
    ),
    max_size=3,
)
base = st.sampled_from([{"box": "base"}, {"image": "python:3.12"}, {"build": "."}, {"build": {"context": "./x"}}])
fields = _some(
    command=words | st.just("jupyter lab --no-browser"),
    user=st.sampled_from(["caller", "image", "1000", "1000:1000"]) | st.integers(0, 2**31),
    resources=resources,
    workspace=st.booleans() | st.just("./src") | _some(source=text, target=st.just("/work"), exclude=words),
    ports=ports,
    env=st.dictionaries(variables, text | st.integers() | st.booleans(), max_size=4),
    provision=words,
    services=st.dictionaries(st.sampled_from(["db", "cache", "queue"]), service, max_size=3),
    compose=st.just({"volumes": {"data": None, "more": {}}}),
    minio=st.just(True) | _some(buckets=st.just(["data", "models"]), resources=shares),
    health=st.fixed_dictionaries(
        {"http": st.just("8000/healthz") | port_numbers}, optional={"interval": durations, "retries": st.integers(1, 9)}
    ),
    network=_some(egress=st.sampled_from(["open", "none"])),
    idle=st.fixed_dictionaries({"stop_after": durations}, optional={"max_lifetime": durations}),
    logs=_some(max_size=sizes, max_files=st.integers(1, 9)),
    targets=targets,
)


def specs() -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy of valid specs as plain data."""
    return st.builds(lambda name, of, more: {"version": 1, "name": name, **of, **more}, names, base, fields)
