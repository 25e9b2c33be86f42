"""What is said about each mistake, to the letter: people read these lines more often than any manual."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devenv import spec
from devenv.errors import NotFound, SpecInvalid
from devenv.spec.reading import MOST_FAULTS

if TYPE_CHECKING:
    from tests.unit.spec.conftest import Bench

# What is added to the smallest valid spec (from line 4 on) -> the one fault, without `devenv.yaml:`.
GOLDEN = {
    "resourcs: {cpus: 1}": "4:1: resourcs: is not a field; did you mean resources?",
    "profile: {}": "4:1: profile: is not a field; did you mean profiles?",
    "logs: {qqq: 1}": "4:8: logs.qqq: is not a field; known here: max_size, max_files",
    "resources: 4": "4:12: resources: must be a map; got 4",
    "resources: {cpus: 1.5}": (
        "4:19: resources.cpus: must be a whole number from 1 to 4096; got 1.5; a lease is whole CPUs: write 1 or 2"
    ),
    'resources: {cpus: "2"}': (
        '4:19: resources.cpus: must be a whole number from 1 to 4096; got "2"; did you mean 2, without quotes?'
    ),
    "resources: {cpus: 0}": "4:19: resources.cpus: must be a whole number from 1 to 4096; got 0",
    "resources: {cpus: true}": "4:19: resources.cpus: must be a whole number from 1 to 4096; got true",
    "resources: {cpus: 010}": (
        "4:19: resources.cpus: must not start with a zero (octal or decimal?); got 010; did you mean 10?"
    ),
    "resources: {memory: 8G}": "4:21: resources.memory: has no unit G; did you mean 8GiB?",
    'resources: {memory: "8"}': "4:21: resources.memory: needs a unit; did you mean 8MiB or 8GiB?",
    "resources: {memory: lots}": ('4:21: resources.memory: must be a size such as 512MiB, 8GiB or 40GB; got "lots"'),
    "resources: {memory: 1MiB}": ('4:21: resources.memory: must be at least 6MiB and below 8 EiB; got "1MiB"'),
    "resources: {memory: 4}": (
        "4:21: resources.memory: must be at least 6MiB and below 8 EiB; got 4, which is in bytes; did you mean 4GiB?"
    ),
    "resources: {dedicated: yes}": ('4:24: resources.dedicated: must be true or false; got "yes"; did you mean true?'),
    "resources: {core_type: p}": '4:24: resources.core_type: must be P, E or any; got "p"; did you mean P?',
    "resources: {gpus: all}": '4:19: resources.gpus: must be a number or a map; got "all"',
    "resources: {gpus: {vendor: nvidea}}": (
        '4:28: resources.gpus.vendor: must be nvidia or amd; got "nvidea"; did you mean nvidia?'
    ),
    "workspace: {target: work}": ('4:21: workspace.target: must be an absolute path inside the sandbox; got "work"'),
    "ports: 8888": "4:8: ports: must be a list; got 8888; did you mean [8888]?",
    "ports: [22:22]": '4:9: ports[0]: must be a port number or a map; got "22:22"',
    "ports: [99999]": "4:9: ports[0].guest: must be a whole number from 1 to 65535; got 99999",
    "ports: [80, {guest: 80}]": "4:13: ports[1]: port 80 is already taken by ports[0]",
    "ports: [{name: web}]": "4:9: ports[0].guest: is missing: the port inside the sandbox.",
    "ports: [{guest: 80, host: atuo}]": (
        '4:27: ports[0].host: must be auto or a whole number from 1 to 65535; got "atuo"'
    ),
    "ports: [{guest: 80, host: 9}, {guest: 81, host: 9}]": "4:49: ports[1].host: is 9, which port 80 has already",
    "ports: [{guest: 80, bind: 1.2.3}]": ('4:27: ports[0].bind: must be an IP address such as 127.0.0.1; got "1.2.3"'),
    "ports: [{guest: 80, name: minio}]": "4:27: ports[0].name: is reserved for MinIO's own ports; got minio",
    "env: {A-B: 1}": '4:7: env.A-B: must be letters, digits and underscores, no digit first; got "A-B"',
    "env: {A: [1]}": "4:10: env.A: must be text, a number or a boolean; got a list of 1",
    "env: {A: }": "4:10: env.A: must be text, a number or a boolean; got nothing",
    "env: [A=1]": "4:6: env: must be a map; got a list of 1",
    "secrets: [A, A]": "4:14: secrets[1]: secret A is already taken by secrets[0]",
    "env: {T: x}\nsecrets: [T]": "4:7: env.T: is a secret, too; its value must not stand in the spec",
    "command: 5": "4:10: command: must be a list of words or one line of text; got 5",
    "command: [sleep, 5]": "4:18: command[1]: must be text; got 5; put it in quotes",
    'command: "echo \'x"': ('4:10: command: cannot be split into words (no closing quotation); got "echo \'x"'),
    "user: root": '4:7: user: must be caller, image or uid[:gid] in numbers; got "root"',
    "provision: pip install x": ('4:12: provision: must be a list; got "pip install x"; did you mean [pip install x]?'),
    "provision: ['']": "4:13: provision[0]: must not be empty",
    "image: python:3.12": ("4:1: image: cannot stand beside box: a sandbox is made from one of box, image or build"),
    "health: {}": "4:9: health: needs one of http, tcp or command, such as http: 8000/healthz",
    "health: {tcp: 80, http: 80}": "4:10: health.tcp: cannot stand beside http: one check decides",
    "health: {http: healthz}": ('4:16: health.http: must be PORT/PATH such as 8000/healthz; got "healthz"'),
    "health: {tcp: 80, interval: 10}": (
        "4:29: health.interval: must be a duration such as 10s, 2h, 1h30m or 7d; got 10; did you mean 10s or 10m?"
    ),
    "health: {tcp: 80, interval: 10ms}": '4:29: health.interval: must be at least 1s; got "10ms"',
    "idle: {}": "4:7: idle: needs stop_after, max_lifetime or both",
    "network: {egress: nonne}": ('4:19: network.egress: must be open or none; got "nonne"; did you mean none?'),
    "minio: 5": "4:8: minio: must be a map, or false; got 5",
    "minio: {buckets: [Data]}": (
        "4:19: minio.buckets[0]: must be 3 to 63 lower-case letters, digits, dots and dashes, as S3 wants it;"
        ' got "Data"'
    ),
    "minio: {external: {}, image: x}": (
        "4:23: minio.image: cannot stand beside external: with a store of one's own no MinIO is started"
    ),
    "targets: {t: {backend: docker}}": (
        '4:24: targets.t.backend: must be compose, vagrant, ec2 or slurm; got "docker"'
    ),
    "targets: {t: {}}": "4:14: targets.t: `backend` is missing; it must be compose, vagrant, ec2 or slurm",
    "targets: {t: {backend: vagrant, region: x}}": (
        "4:33: targets.t.region: is not a field; known here: backend, provider"
    ),
    "targets: {t: {backend: compose, host: ml@box}}": (
        '4:39: targets.t.host: must be an address such as ssh://user@host; got "ml@box"'
    ),
    "targets: {t: {backend: slurm}}": "4:11: targets.t.login: is missing: the login node, ssh://user@host.",
    "targets: {vm: {backend: vagrant}}\ndefault_target: vmm": (
        "5:17: default_target: must be vm; got vmm; did you mean vm?"
    ),
    "profiles: [x]": "4:11: profiles: must be a map of names; got a list of 1",
    "profiles: {x: 1}": "4:15: profiles.x: must be a map of fields; got 1",
}


@pytest.mark.parametrize("text", GOLDEN)
def test_each_mistake_is_one_line_that_says_what_to_do(bench: Bench, text: str) -> None:
    assert bench.fault(text + "\n") == f"devenv.yaml:{GOLDEN[text]}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: a\nbox: b\n", "1:1: version: is missing: version of this format: 1."),
        ("version: 2\nname: a\nbox: b\n", "1:10: version: must be 1; got 2; a newer devenv may know it"),
        ("version: '1'\nname: a\nbox: b\n", '1:10: version: must be 1; got "1"'),
        ("version: 1\nname: a\n", "1:1: needs one of box, image or build; `box: base` is the smallest"),
        (
            "version: 1\nname: My_Name\nbox: b\n",
            '2:7: name: must be 1 to 41 lower-case letters, digits and dashes, a letter or digit first; got "My_Name"',
        ),
        (
            "version: 1\nname: 0755\nbox: b\n",
            (
                "2:7: name: must be 1 to 41 lower-case letters, digits and dashes, a letter or digit first;"
                ' got 0755; did you mean "0755"?'
            ),
        ),
        ("version: 1\nname: 'a\n\n  b'\nbox: b\n", "2:7: name: must be 1 to 41"),
        ("- version\n", "1:1: must be a map of fields, `version: 1` first; got a list of 1"),
        ("just text\n", '1:1: must be a map of fields, `version: 1` first; got "just text"'),
    ],
)
def test_a_missing_or_foreign_head_is_said(bench: Bench, text: str, said: str) -> None:
    assert bench.fault(text, head=False).startswith(f"devenv.yaml:{said}")


def test_a_spec_that_is_absent_or_empty_is_told_with_the_verb_that_writes_one(bench: Bench) -> None:
    for begun, error in ((False, NotFound), (True, SpecInvalid)):
        if begun:
            bench.path.write_text("# nothing yet\n")
        with pytest.raises(error) as caught:
            spec.load(bench.path)
        assert caught.value.hint == "`devenv init` writes one"


def test_all_faults_come_at_once_in_the_order_of_the_file(bench: Bench) -> None:
    text = "\n".join(line for line in GOLDEN if line.startswith(("idle", "logs", "user", "env: {A: }")))
    found = bench.faults(text + "\n")
    assert [int(line.split(":")[1]) for line in found] == [4, 5, 6, 7]


def test_one_mistake_is_not_reported_twice_through_a_rule(bench: Bench) -> None:
    assert "box: must be" in bench.fault("version: 1\nname: a\nbox: 5\n", head=False)
    assert "targets.a.backend" in bench.fault("targets: {a: {backend: x}}\ndefault_target: a\n")


def test_the_search_ends_at_more_faults_than_anybody_reads(bench: Bench) -> None:
    found = bench.faults("".join(f"f{n}: 1\n" for n in range(MOST_FAULTS + 50)))
    assert len(found) == MOST_FAULTS + 1
    assert any(line.endswith(f"has more faults than these {MOST_FAULTS}") for line in found)


def test_what_was_got_is_shown_short(bench: Bench) -> None:
    assert len(bench.fault(f"user: {'x' * 10_000}\n")) < 200
    assert len(bench.fault(f"{'x' * 900}: 1\n")) < 500


def test_a_fault_cannot_write_on_the_terminal(bench: Bench) -> None:
    assert "\x1b" not in bench.fault('"a\\e[31m": 1\n')
    assert "\x1b" not in bench.fault('user: "a\\e[31m\\n"\n')
    assert "\u202e" not in bench.fault('user: "a\u202eb"\n')
