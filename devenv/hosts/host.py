"""One host: its engine as the agent reads it, its ledger, and what is free on it.

This is the client's side of the agent: typed calls, the agent's errors turned into ours. On this machine the agent's
functions run in this process; where they run is known here and nowhere else.
"""

from __future__ import annotations

import functools
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from devenv import errors, locations
from devenv.agent import engine as agent_engine
from devenv.agent import foreign, inventory, ledger, model

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devenv.agent.engine import Container
    from devenv.identity import Identity

ID_LABEL = "devenv.id"


@dataclass(frozen=True)
class Host:
    """A machine that sandboxes can run on."""

    name: str = "local"

    @functools.cached_property
    def engine(self) -> agent_engine.Engine:
        """The engine, as a reader of it."""
        return agent_engine.Engine()

    @functools.cached_property
    def ledger(self) -> ledger.Ledger:
        """The book of leases of this host."""
        with _translated():
            return ledger.Ledger(locations.ledger_file())

    def require_engine(self) -> None:
        """Raise `ToolMissing` with what to do unless the engine answers."""
        with _translated():
            self.engine.version()

    def hardware(self) -> model.Inventory:
        """Read what this machine has, without asking who holds it."""
        return inventory.read()

    def inventory(self) -> model.Inventory:
        """Read what this machine has and who holds it: our leases, and foreign containers with CPUs of their own."""
        held = (*self.ledger_held(), *self.foreign())
        return replace(self.hardware(), leases=held)

    def ledger_held(self) -> tuple[model.Held, ...]:
        """Return what the ledger's leases hold."""
        with _translated():
            return self.ledger.held()

    def foreign(self) -> tuple[model.Held, ...]:
        """Return running containers that are pinned to CPUs and are not in our ledger; none if no engine answers."""
        with _translated():
            known = frozenset(lease.sandbox for lease in self.ledger.leases())
        try:
            return foreign.foreign(self.engine, known)
        except agent_engine.EngineDown:
            return ()

    def claim(self, who: Identity, request: model.Request, ports: Sequence[model.PortRequest]) -> model.Lease:
        """Lease cores, memory, GPUs and ports to a sandbox; the same request again returns the lease it has.

        Raises:
            NoCapacity: says who holds what, and what would fit; nothing was written.
        """
        with _translated():
            seen = replace(self.hardware(), leases=self.foreign())
            return self.ledger.claim(who.id, who.owner, who.name, seen, request, ports)

    def adopt(self, lease: model.Lease, ports: Sequence[model.PortRequest]) -> bool:
        """Write down a lease that running containers show and the ledger lacks; False if others hold what it names."""
        with _translated():
            return self.ledger.adopt(lease, self.hardware(), ports)

    def what_if(self, request: model.Request, ports: Sequence[model.PortRequest], *, who: Identity) -> model.Lease:
        """Return the lease that such a claim would get now, without writing anything."""
        from devenv.agent import allocate  # noqa: PLC0415 -- only dry runs need it here

        mine = self.lease(who.id)
        with _translated():
            others = tuple(held for held in self.ledger.held() if mine is None or held.sandbox != who.name)
            seen = replace(self.hardware(), leases=(*others, *self.foreign()))
            got = allocate.allocate(seen, request, prefer=frozenset(mine.cpus if mine else ()))
            numbers = self.ledger.ports(who.id, who.owner, ports)
        return model.Lease(
            sandbox=who.id,
            owner=who.owner,
            cpus=got.cpus,
            memory=request.memory,
            gpus=got.gpus,
            ports=numbers,
            request=request,
            dedicated=request.dedicated,
        )

    def lease(self, sandbox_id: str) -> model.Lease | None:
        """Return the lease of a sandbox, if it has one."""
        with _translated():
            return self.ledger.get(sandbox_id)

    def release(self, sandbox_id: str) -> bool:
        """Give a sandbox's lease back; False if it had none."""
        with _translated():
            return self.ledger.release(sandbox_id)

    def pool(self, *, but: str = "") -> tuple[int, ...]:
        """Return the CPUs that nobody holds: where MinIO, side services and undedicated sandboxes live.

        `but` is the id of a sandbox whose lease does not count. The host's reserve is part of the pool, so it is empty
        only where strangers are pinned there too, or the machine has a single core and that is leased; then it is the
        reserve, or the whole machine, and the fidelity report says *weaker*.
        """
        hardware = self.hardware()
        everything = tuple(cpu.id for cpu in hardware.cpus)
        with _translated():
            leases = self.ledger.leases()
        taken = {cpu for lease in leases if lease.sandbox != but for cpu in lease.cpus}
        taken |= {cpu for held in self.foreign() for cpu in held.cpus}
        return tuple(cpu for cpu in everything if cpu not in taken) or hardware.reserved or everything

    def containers(self, sandbox_id: str | None = None) -> tuple[Container, ...]:
        """Return the containers of one sandbox, or of all sandboxes."""
        label = f"{ID_LABEL}={sandbox_id}" if sandbox_id else ID_LABEL
        with _translated():
            return self.engine.containers(label=label)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except model.NoCapacity as error:
        raise errors.NoCapacity(error.message, hint=error.hint) from error
    except agent_engine.EngineDown as error:
        raise errors.ToolMissing(error.message, hint=error.hint) from error
    except agent_engine.EngineFault as error:
        raise errors.DevenvError(error.message, hint="the engine's own log says more") from error
    except ledger.LedgerBusy as error:
        raise errors.Busy(error.message, hint=error.hint) from error
    except ledger.LedgerUnusable as error:
        raise errors.DevenvError(error.message, hint=error.hint) from error
