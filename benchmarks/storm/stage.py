"""One sandbox for a storm to rage on, and the look at it from outside: engine, ledger and files, then devenv's word."""

from __future__ import annotations

import contextlib
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.rig import DEVENV
from benchmarks.storm.cut import Cut, cut
from devenv import errors, identity, locations, process
from devenv.agent.ledger import Ledger

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from docker import DockerClient
    from docker.models.containers import Container

    from benchmarks.rig import Rig

# Longer than anything here takes, on a busy machine as well: what needs more is stuck.
_STUCK_S = 90.0
# An orphan that nobody stopped has made what it wanted to make within this.
_SETTLE_S = 1.0


@dataclass
class Stage:
    """The sandbox `name`, made from the file `spec`; `found` collects what was wrong in the round at hand."""

    rig: Rig
    engine: DockerClient
    name: str
    spec: Path
    services: tuple[str, ...]
    volumes: int
    longest: dict[str, float] = field(default_factory=dict)
    cuts: list[Cut] = field(default_factory=list)
    found: list[str] = field(default_factory=list)

    @property
    def who(self) -> identity.Identity:
        """Who the sandbox is."""
        return identity.mine(self.name)

    def words(self, verb: str) -> list[str]:
        """Return the command line of a verb on the sandbox."""
        options = {"up": ["--file", str(self.spec)], "destroy": ["--yes", self.name]}
        return [DEVENV, verb, *options.get(verb, [self.name])]

    def undisturbed(self, verb: str) -> None:
        """Run a verb to its end and remember how long it takes: kills fall within that."""
        start = time.monotonic()
        process.run(self.words(verb), timeout=_STUCK_S)
        self.longest[verb] = time.monotonic() - start

    def cut(self, verb: str, chance: random.Random) -> Cut:
        """Start a verb and kill it at any moment of its usual time, in half of the cases with its children."""
        seconds, whole = chance.uniform(0.05, self.longest[verb]), chance.random() < 0.5  # noqa: PLR2004 -- half
        done = cut(self.words(verb), self.rig.folder / "said", seconds=seconds, whole=whole)
        self.cuts.append(done)
        return done

    def mend(self, verb: str, *, also: int = 0) -> None:
        """Run a verb that must end with 0 (or `also`)."""
        try:
            done = process.run(self.words(verb), check=False, timeout=_STUCK_S)
        except errors.Unhealthy as error:
            self.found.append(f"stuck: {error.message}")
            return
        if done.returncode not in (0, also):
            self.found.append(f"`{verb}` again ended with {done.returncode}: {done.stderr.strip()[-500:]}")

    def expect_running(self) -> None:
        """Find what a whole, running sandbox has not, and what it has too much."""
        self._settle()
        there = self.there()
        running = Counter(f"{service} {state}" for service, state in there["containers"])
        self.compare("containers", running, Counter(f"{service} running" for service in self.services))
        self.compare("networks", len(there["networks"]), 1)
        self.compare("volumes", len(there["volumes"]), self.volumes)
        self.compare("leases", there["leases"], [self.who.id])
        folder = locations.sandbox_dir(self.name)
        strays = [path.name for path in folder.rglob("*") if path.is_file() and path.name.startswith(".")]
        self.compare("half-written files", strays, [])
        with self.noting():
            seen = self._asked("status", self.name)["sandbox"]
            self.compare("state and drift", (seen["state"], seen["drift"]), ("running", []))
            checks = self._asked("verify", self.name)["checks"]
            broken = [check["name"] for check in checks if not check["ok"] and not check["by_others"]]
            self.compare("broken promises", broken, [])
            self.compare("changes left to make", self._asked("plan", "--file", str(self.spec))["changes"], [])

    def expect_gone(self) -> None:
        """Find what a destroyed sandbox has left."""
        self._settle()
        for kind, left in self.there().items():
            self.compare(f"{kind} left", list(left), [])
        folder = locations.sandbox_dir(self.name)
        self.compare("files left", sorted(path.name for path in folder.rglob("*")) if folder.exists() else [], [])

    def there(self) -> dict[str, Any]:
        """Return what exists of the sandbox, by label or by name: what lost its labels is an unknown thing as well."""
        client = self.engine
        containers = [
            (one.labels.get("devenv.service", one.name), one.status)
            for one in client.containers.list(all=True, ignore_removed=True)
            if self._ours(str(one.name), one.labels)
        ]
        networks = [one.name for one in client.networks.list() if self._ours(str(one.name), one.attrs.get("Labels"))]
        volumes = [one.name for one in client.volumes.list() if self._ours(str(one.name), one.attrs.get("Labels"))]
        with contextlib.closing(Ledger(locations.ledger_file())) as book:
            leases = [lease.sandbox for lease in book.leases()]
        return {"containers": containers, "networks": networks, "volumes": volumes, "leases": leases}

    def wipe(self) -> None:
        """Remove it behind devenv's back, so that one round's wreck does not spoil the next round."""
        for container in self.engine.containers.list(all=True, ignore_removed=True):
            if self._ours(str(container.name), container.labels):
                container.remove(force=True, v=True)
        for network in self.engine.networks.list():
            if self._ours(str(network.name), network.attrs.get("Labels")):
                network.remove()
        for volume in self.engine.volumes.list():
            if self._ours(str(volume.name), volume.attrs.get("Labels")):
                volume.remove(force=True)
        self.rig.destroy(self.name)

    def container(self, service: str) -> Container:
        """Return the container of a service.

        Raises:
            Differs: there is none, or more than one.
        """
        labels: dict[str, str | list[str] | bool] = {
            "label": [f"devenv.id={self.who.id}", f"devenv.service={service}"],
        }
        found = self.engine.containers.list(all=True, filters=labels)
        if len(found) != 1:
            raise errors.Differs(f"{len(found)} containers of '{service}'")
        return found[0]

    def port(self, name: str) -> int:
        """Return the port of this machine that is leased under a name."""
        with contextlib.closing(Ledger(locations.ledger_file())) as book:
            lease = book.get(self.who.id)
        if lease is None:
            raise errors.Differs("the lease is lost")
        return lease.ports[name]

    def compare(self, what: str, found: object, expected: object) -> None:
        """Find that `what` is not as expected."""
        if found != expected:
            self.found.append(f"{what}: {found}, expected {expected}")

    @contextlib.contextmanager
    def noting(self) -> Iterator[None]:
        """Take an error for a finding."""
        try:
            yield
        except errors.DevenvError as error:
            self.found.append(error.message)

    def _settle(self) -> None:
        if self.cuts and not all(done.whole for done in self.cuts):
            time.sleep(_SETTLE_S)

    def _ours(self, name: str, labels: Mapping[str, str] | None) -> bool:
        return name.startswith(self.who.project) or (labels or {}).get("devenv.id") == self.who.id

    def _asked(self, *words: str) -> dict[str, Any]:
        done = process.run([DEVENV, *words, "--json"], check=False, timeout=_STUCK_S)
        try:
            data: dict[str, Any] = json.loads(done.stdout)["data"]
        except (json.JSONDecodeError, KeyError, TypeError):
            raise errors.Differs(f"`devenv {words[0]} --json` said {done.stdout[-300:]!r}") from None
        if data is None:
            raise errors.Differs(f"`devenv {words[0]} --json` said {done.stdout[-300:]!r}")
        return data
