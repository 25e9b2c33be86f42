"""Random side services, put together from the ways in which Compose lets each word be written."""

from __future__ import annotations

import random
from typing import Any

# word -> ways to write it. Volumes and ports are drawn several at a time. What Compose itself refuses is left out.
WAYS: dict[str, list[Any]] = {
    "volumes": [
        *(
            "./a:/a",
            "./a/../b:/b:ro",
            "../c:/c",
            "${UNSET-.}/d:/d",
            "${UNSET-./e}:/e",
            "${TAG:-./e}:/te",
            "~/f:/f",
            "~:/g",
        ),
        *("/h", "/i:/i:rw,z", "data:/j", "${UNSET:-data}:/k", "${UNSET:-${UNSET:-./l}}/m:/m:ro", ".:/n", "./$$o:/o"),
        *("./p${TAG}/q:/q", "..:/r", "./:/s", "./t/:/t/", "${TAG}:/u", "./a,b:/c1", "./sp ace:/sp ace", ".hidden:/c2"),
        {"type": "bind", "source": "v", "target": "/v"},
        {"type": "bind", "source": "./${TAG}/w", "target": "/w", "read_only": True},
        {"type": "bind", "source": "${UNSET:-x}", "target": "/x", "bind": {"create_host_path": False}},
        {"type": "volume", "source": "data", "target": "/y", "volume": {"nocopy": True, "subpath": "s"}},
        {"type": "tmpfs", "target": "/z", "tmpfs": {"size": 100}},
    ],
    "ports": [
        *(80, "81", "82:82", "127.0.0.1:83:83", "84:84/udp", "85-86", "87-88:87-88", "${UNSET:-89}:89", "${UNSET:-90}"),
        *("127.0.0.1::91", "[::1]:92:92", "${UNSET:-127.0.0.1}:93:93", "0.0.0.0:98:98", "10000-10002:10000-10002/udp"),
        *({"target": 94}, {"target": 95, "published": "95", "protocol": "udp"}, {"target": 97, "published": "97-99"}),
        {"target": 96, "published": 96, "host_ip": "10.0.0.1", "mode": "host"},
    ],
    "env_file": [
        *("files/common.env", ["files/common.env"], [{"path": "files/common.env", "required": False}]),
        *(["./files/common.env", {"path": "${UNSET:-files}/common.env"}], [{"path": "none.env", "required": False}]),
    ],
    "label_file": ["files/labels.txt", ["./files/labels.txt"]],
    "build": [
        *(".", "./files", "files/app", {"context": "${UNSET:-./files}", "args": ["A=1", "B"]}),
        *(
            {"dockerfile_inline": "FROM x\nRUN echo $$x\n"},
            {"context": "https://example.com/z.git"},
            "git@example.com:z.git",
        ),
        {"context": ".", "dockerfile": "files/app/Dockerfile", "args": {"A": 1, "B": None}, "target": "${UNSET:-dev}"},
        {"context": "../up", "additional_contexts": {"a": "./a", "b": "https://x/y", "c": "docker-image://z"}},
        {"context": ".", "additional_contexts": ["a=./a", "b=../b"], "secrets": ["s"], "ssh": ["default"]},
    ],
    "labels": [
        ["a=b", "c"],
        {"a": "b", "n": 1, "t": True},
        ["${UNSET:-k}=v"],
        ["x.y=a=b", "t=`x` && $$y"],
        {"n": None},
        [],
    ],
    "environment": [
        *(["A=1", "B", "C=", "D=a=b"], {"A": 1, "B": None, "C": "", "D": True, "E": 1.5}, ["A=$$x", "B=${TAG}"], {}),
        {"A": "${TAG:+y}", "B": "${UNSET-z}"},
    ],
    "command": ["a b 'c d'", ["a", "$$b"], "", [], None, "a\nb\n"],
    "entrypoint": ["x y", ["x"], None, []],
    "healthcheck": [
        *({"test": "x || exit 1"}, {"test": ["CMD-SHELL", "a $$B"]}, {"test": ["NONE"]}, {"disable": True}),
        {"test": ["CMD", "a"], "interval": "1m30s", "timeout": "2s", "retries": "${UNSET:-3}"},
    ],
    "deploy": [
        *(
            {"resources": {"limits": {"cpus": "0.5", "memory": "50M", "pids": 10}}},
            {"restart_policy": {"condition": "any"}},
        ),
        {"resources": {"reservations": {"memory": "20M"}}, "labels": {"a": "b"}},
    ],
    "networks": [["n"], {"n": None}, {"n": {"aliases": ["z"]}, "default": {}}, ["n", "default"], {"ext": {}}],
    "logging": [
        {"driver": "syslog"},
        {"driver": "json-file", "options": {"max-size": "1k"}},
        {"options": {"tag": "x"}},
    ],
    "secrets": [["s"], [{"source": "s", "target": "x", "mode": 0o440}], ["s", "e"]],
    "configs": [["k"], [{"source": "k", "target": "/k"}], ["i"]],
    "tmpfs": ["/tm", ["/tm", "/um:size=1m"]],
    "dns": ["1.1.1.1", ["1.1.1.1", "8.8.8.8"]],
    "ulimits": [{"nofile": 10}, {"nofile": {"soft": 1, "hard": 2}}],
    "sysctls": [["net.core.somaxconn=1"], {"net.core.somaxconn": 1}],
    "extra_hosts": [["a:1.1.1.1"], {"a": "1.1.1.1"}, ["a=1.1.1.1", "b:[::1]"]],
    "restart": ["always", "no", "on-failure:3", "unless-stopped"],
    "stop_grace_period": ["1m", "10s", "1.5s"],
    "shm_size": ["64m", 64_000_000, "1gb"],
    "mem_limit": ["100m", 100_000_000],
    "cpus": [0.5, "0.25", 2],
    "user": ["1", "1:1", "root", "${UNSET:-5}"],
    "expose": [[1, "2", "3-4"]],
    "init": [True, False, "true"],
    "devices": [["/dev/x:/dev/y:rwm"], [{"source": "/dev/a", "target": "/dev/b"}]],
    "develop": [{"watch": [{"action": "sync", "path": "./files", "target": "/x"}]}],
    "profiles": [["p"]],
    "pull_policy": ["always", "missing"],
    "annotations": [{"a": "b"}, ["a=b"]],
    "x-any": [{"a": [1, None]}],
}
SECTIONS = {
    "networks": {"n": {"driver": "bridge", "labels": ["q=r"]}, "ext": {"external": True}},
    "volumes": {"data": None, "16-alpine": {"labels": {"a": "b"}}},
    "secrets": {"s": {"file": "${UNSET:-files/token.txt}"}, "e": {"environment": "E"}},
    "configs": {"k": {"file": "./files/prometheus.yml"}, "i": {"content": "a $$b ${TAG}\n"}},
}
_BASES = 3
# Two limits on one thing, and what Compose adds up until it collides, when a service extends another.
_NOT_WITH_DEPLOY = ("mem_limit", "cpus")
_NOT_WITH_EXTENDS = ("deploy", "mem_limit", "cpus", "volumes", "tmpfs", "develop", "build")


def project(seed: int, size: int) -> dict[str, Any]:
    """Return a Compose project of `size` random services; the same seed gives the same."""
    chance = random.Random(seed)  # noqa: S311 -- repeatable, not secret
    services = {f"s{number}": _service(chance) for number in range(size)}
    for number, words in enumerate(services.values()):
        if number >= _BASES and chance.random() < 0.2:
            words["depends_on"] = chance.choice(
                [[f"s{number - 1}"], {f"s{number - 1}": {"condition": "service_started"}}]
            )
        if number >= _BASES and chance.random() < 0.2:
            words["extends"] = {"service": f"s{chance.randrange(_BASES)}"}
            for word in _NOT_WITH_EXTENDS:
                words.pop(word, None)
    return {"services": services, **SECTIONS}


def _service(chance: random.Random) -> dict[str, Any]:
    words: dict[str, Any] = {"image": chance.choice(["alpine", "x:${TAG}"])}
    for word, ways in WAYS.items():
        if chance.random() < 0.3:
            several = word in ("volumes", "ports")
            words[word] = chance.sample(ways, chance.randint(1, 5)) if several else chance.choice(ways)
    if "deploy" in words:
        for word in _NOT_WITH_DEPLOY:
            words.pop(word, None)
    return words
