"""What is there, read from the engine by label: nothing here asks a spec or trusts a file of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devenv.agent.engine import Container
    from devenv.hosts.host import Host

MAIN = "sandbox"


@dataclass(frozen=True)
class Observed:
    """The containers of one sandbox, by service."""

    containers: Mapping[str, Container]

    @property
    def state(self) -> str:
        """Return running, stopped, absent, partial or failed, by what each container does.

        A one-shot service that has ended with 0 has done its work: it counts as neither running nor stopped.
        """
        states = [c.state for c in self.containers.values() if not finished(c)]
        main = self.containers.get(MAIN)
        if not self.containers:
            return "absent"
        if main is None or main.state == "created":
            return "partial"
        if main.state in ("exited", "dead") and any(state == "running" for state in states):
            return "failed" if main.exit_code else "partial"
        if all(state in ("exited", "dead", "created") for state in states):
            return "stopped"
        return "running" if all(state == "running" for state in states) else "partial"

    @property
    def health(self) -> str:
        """Return unhealthy if any running container is or the sandbox has failed, healthy if all with a check are."""
        reports = [c.health for c in self.containers.values() if c.health and c.state == "running"]
        if "unhealthy" in reports or self.state == "failed":
            return "unhealthy"
        return "healthy" if reports and all(report == "healthy" for report in reports) else "none"

    @property
    def main(self) -> Container | None:
        """Return the sandbox's own container."""
        return self.containers.get(MAIN)


def observe(host: Host, sandbox_id: str) -> Observed:
    """Read one sandbox's containers from its host's engine."""
    return Observed({service_of(container): container for container in host.containers(sandbox_id)})


def service_of(container: Container) -> str:
    """Return the service that a container of ours is."""
    return container.labels.get("devenv.service") or container.labels.get("com.docker.compose.service", container.name)


def finished(container: Container) -> bool:
    """Tell whether this is a side service that has ended with 0 (a migration, a one-shot set-up)."""
    return container.labels.get("devenv.role") == "service" and container.state == "exited" and container.exit_code == 0
