"""Fuzzes the spec's loader: `ROUNDS=100000 SEED=1 python -m benchmarks.fuzz_spec`.

Every round makes a file of bytes (a mutated real spec, spliced ones, a bomb, plain noise) and loads it. The answer must
be a spec or SpecInvalid with a line and a column for each fault, within 2 s (of CPU: loading waits for nothing, and a
busy machine is no finding); the process lives in 256 MiB. What breaks that is printed with the round's own seed, which
repeats it. Exit code 1 when anything did.
"""

from __future__ import annotations

import json
import os
import random
import resource
import sys
import tempfile
import time
import traceback
from pathlib import Path

from benchmarks.rows import Row, row, table
from devenv import locations, spec
from devenv.errors import SpecInvalid

MOST_SECONDS = 2.0
MOST_BYTES = 256 * 2**20

_SERVICES = b"""version: 1
name: side
image: python:3.12
x-log: &log {logging: {driver: json-file, options: {max-size: 10m}}}
services:
  db: {<<: *log, image: "postgres:16", environment: {A: yes, B: 0440, C: }, ports: ["5432:5432", 22:22],
       healthcheck: {test: [CMD, pg_isready], interval: 5s}, depends_on: {cache: {condition: service_healthy}},
       volumes: ["data:/var/lib/x", {type: tmpfs, target: /t}], ulimits: {nofile: {soft: 1, hard: 2}}}
  cache: {<<: [*log], image: redis, deploy: {resources: {limits: {cpus: "0.5"}}}, resources: {cpus: 0.5}}
compose: {volumes: {data: }, networks: {front: {driver: bridge}}}
profiles: {ci: {resources: {cpus: 2}, env: {A: null}}, big: {resources: {memory: 8GB}}}
"""
_TRAPS = [
    *(b"&a ", b"*a", b"<<: *a\n", b"!!python/object:os.system ", b"!!binary ", b"!x ", b"---\n", b"...\n", b"? "),
    *(b"%YAML 1.1\n", b"\t", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\x1b[31m", "\u2028".encode()),
    *(b"22:22", b"0o17", b"010", b"0x1f", b"1e400", b".nan", b"-.inf", b"yes", b"null", b"true: ", b"8080: ", b"~: "),
    *(b"[", b"]", b"{", b"}", b"'", b'"', b"|\n", b">-\n", b"# ", b": ", b"- ", b", ", b"\n", b"  ", b"9" * 5000),
    *(b"1.5", b"-1", b"8G", b"99999999999999999999GiB", b"1h30m", b"${X:-y}", b"$$", b"../../etc", b"\\u0000"),
]


def seeds() -> list[bytes]:
    """Return the real specs that mutations start from."""
    files = sorted(locations.templates_dir().glob("*/devenv.yaml"))
    starter = (locations.templates_dir() / "starter" / "devenv.yaml").read_bytes()
    whole = b"\n".join(line[1:] if line[:1] == b"#" and line[1:3].strip() else line for line in starter.split(b"\n"))
    return [*(file.read_bytes() for file in files), whole, _SERVICES]


def mutate(raw: bytes, chance: random.Random) -> bytes:
    """Return `raw` with a few random changes: cuts, doublings, traps, other bytes, lines moved or indented."""
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        at, to = sorted(chance.randrange(len(raw) + 1) for _ in range(2))
        to = min(to, at + chance.choice((1, 4, 40, 400)))
        kind = chance.randrange(7)
        lines = raw.split(b"\n")
        line = chance.randrange(len(lines))
        if kind == 0:
            raw = raw[:at] + raw[to:]
        elif kind == 1:
            raw = raw[:to] + raw[at:to] + raw[to:]
        elif kind in {2, 3}:
            raw = raw[:at] + chance.choice(_TRAPS) + raw[at:]
        elif kind == 4:  # noqa: PLR2004 -- a number for each kind of change
            raw = raw[:at] + bytes(chance.randrange(256) for _ in range(to - at)) + raw[to:]
        elif kind == 5:  # noqa: PLR2004
            lines.insert(chance.randrange(len(lines)), lines[line])
            raw = b"\n".join(lines)
        else:
            lines[line] = b" " * chance.randrange(6) + lines[line].strip()
            raw = b"\n".join(lines)
    return raw


def bomb(chance: random.Random) -> bytes:
    """Return what is small to write and large to read: aliases, merges, depth, size, long words and numbers."""
    size = chance.choice((10, 100, 2000))
    aliases = [b"a0: &a0 {k: [x, x, x, x, x, x, x, x]}"]
    aliases += [b"a%d: &a%d [%s]" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, min(size, 60))]
    merges = [b"m0: &m0 {%s}" % b", ".join(b"k%d: v" % n for n in range(min(size, 900)))]
    merges += [b"m%d: &m%d {<<: [*m%d], j%d: *m%d}" % (n, n, n - 1, n, n - 1) for n in range(1, min(size, 300))]
    head = b"version: 1\nname: a\nbox: base\n"
    return head + chance.choice(
        (
            b"\n".join(aliases),
            b"\n".join(merges),
            b"env: " + chance.choice((b"[", b"{a: ", b"- ", b"? ", b"!!seq [")) * (size * 50),
            b"env: {" + b", ".join(b"K%d: v" % n for n in range(size * 9)) + b"}",
            b"".join(b"f%d: 1\n" % n for n in range(size * 9)),
            b"services: {" + b", ".join(b"s%d: {imag: x}" % n for n in range(size)) + b"}",
            b"profiles: {" + b", ".join(b"p%d: {f%d: [%s]}" % (n, n, b"x, " * size) for n in range(20)) + b"}",
            b"env: {A: '" + b"x" * (size * 200) + b"'}",
            b"w" * (size * 200) + b": 1",
            b"resources: {cpus: " + b"9" * (size * 200) + b"}",
            b"\n" * (size * 200),
            b"env: {"
            + b", ".join(b"K%d: 1.0" % n for n in range(size * 4))
            + b"}\nprofiles: {"
            + b", ".join(b"p%d: {env: {K: v}}" % n for n in range(20))
            + b"}",
            b"# \xf0\x9f\x98\x80" * (size * 50),
        )
    )


def case(chance: random.Random, real: list[bytes]) -> bytes:
    """Return the bytes of one round."""
    kind = chance.random()
    if kind < 0.75:  # noqa: PLR2004 -- three quarters: what a tired person or an attacker makes of a real spec
        return mutate(chance.choice(real), chance)
    if kind < 0.9:  # noqa: PLR2004
        one, other = chance.choice(real).split(b"\n"), chance.choice(real).split(b"\n")
        return b"\n".join(line for pair in zip(one, other, strict=False) for line in pair if chance.random() < 0.5)  # noqa: PLR2004
    if kind < 0.95:  # noqa: PLR2004
        return b"".join(chance.choice(_TRAPS) for _ in range(chance.randrange(60)))
    return bomb(chance)


def outcome(raw: bytes, folder: Path, *, profile: str | None = None) -> str:
    """Load `raw` as a spec and return `valid`, `invalid`, or what was wrong with the answer."""
    path = folder / "devenv.yaml"
    path.write_bytes(raw)
    start = time.process_time()
    try:
        found = spec.load(path, profile=profile)
        json.dumps(spec.effective(found), allow_nan=False)
        spec.spec_hash(found)
        said = "valid"
    except SpecInvalid as error:
        placed = error.faults and all(fault.line > 0 and fault.col > 0 for fault in error.faults)
        printable = all(letter.isprintable() or letter == "\n" for letter in error.message)
        said = (
            "invalid" if placed and printable else f"a fault without a place or not printable: {error.message[:300]!r}"
        )
    except Exception:  # noqa: BLE001 -- whatever it is, it is the finding
        said = traceback.format_exc()
    took = time.process_time() - start
    return said if took < MOST_SECONDS else f"took {took:.1f} s"


def fuzz(rounds: int, seed: str) -> Row:
    """Run `rounds` from `seed`, print what broke, and return the figure's row. This process keeps the memory limit."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    real = seeds()
    ends = {"valid": 0, "invalid": 0}
    lost = 0
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            raw = case(random.Random(f"{seed}/{number}"), real)  # noqa: S311
            start = time.process_time()
            end = outcome(raw, Path(folder))
            slowest = max(slowest, time.process_time() - start)
            if end in ends:
                ends[end] += 1
            else:
                lost += 1
                print(f"round {seed}/{number}: {end}\n{raw[:2000]!r}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{ends}, slowest {slowest * 1000:.0f} ms, peak {peak} MiB")
    return {**row("fuzz-spec", [lost], "<= 0"), "runs": rounds}


def main() -> int:
    """Run ROUNDS rounds from SEED and print how they ended."""
    rounds = int(os.environ.get("ROUNDS", "2000"))
    seed = os.environ.get("SEED") or str(random.randrange(10**6))  # noqa: S311 -- repeatable, not secret
    print(f"{rounds} rounds, SEED={seed}")
    found = fuzz(rounds, seed)
    print(table([found]))
    return 0 if found["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
