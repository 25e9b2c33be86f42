"""A sandbox as one complete Compose file, every number resolved: it runs the same without devenv."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devenv.render import document, environment, labels, main, minio, sections, services
from devenv.render.order import ordered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devenv.agent.model import Lease
    from devenv.render.context import Context
    from devenv.spec.model import Spec

FILE = "compose.yaml"


def render(spec: Spec, lease: Lease, context: Context) -> dict[str, str]:
    """Return the files of a sandbox: path to text."""
    return {FILE: document.dump(project(spec, lease, context), _header(spec, context))}


def project(spec: Spec, lease: Lease, context: Context) -> dict[str, Any]:
    """Return the Compose project as data, in the order in which it is written."""
    top = sections.sections(spec, context)
    side = {name: services.service(spec, name, lease, context) for name in spec.services}
    joined = sections.reachable(spec, [services.networks(words) for words in side.values()])
    label = _Labels(spec, context)
    words = main.service(spec, lease, context) | _networks(joined)
    written = {main.NAME: label(main.NAME, "sandbox", words, derived=environment.derived(spec))}
    if minio.own(spec) is not None:
        outside = (*joined, sections.OUTSIDE_NETWORK) if spec.network.egress == "none" else joined
        words = minio.service(spec, lease, context) | _networks(outside)
        written[minio.NAME] = label(minio.NAME, "minio", words, derived=minio.DERIVED)
    for name, words in side.items():
        used = sections.referenced(words, top) | services.inherited(spec, name)
        # What the service's own words say is theirs to change, and so a change of the service.
        live = labels.LIVE - set(spec.services[name])
        written[name] = label(name, "service", words, live=live, extra=[used, context.inputs.get(name, "")])
    return {"name": context.project, "services": written, **top}


def _networks(joined: tuple[str, ...]) -> dict[str, Any]:
    """Return the word `networks`, which is left out where it would say what holds anyway."""
    return {} if joined == (sections.DEFAULT_NETWORK,) else {"networks": list(joined)}


@dataclass(frozen=True)
class _Labels:
    """Puts the last touch to a service: its labels, its hash, its order."""

    spec: Spec
    context: Context

    def __call__(self, name: str, role: str, words: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
        """Return the service complete; `changes` are those of `labels.hashed`."""
        ours = labels.of_container(self.context, self.spec.name, role, name)
        if role == main.NAME:
            ours["devenv.dedicated"] = str(self.spec.resources.dedicated).lower()
        ours["devenv.hash"] = labels.hashed(words, **changes)
        return ordered({**words, "labels": labels.add(words.get("labels"), ours)})


def _header(spec: Spec, context: Context) -> str:
    folder = str(context.folder)
    # A folder whose name has a line break or the like could end the comment; it then stays out of it.
    where = f" --project-directory {shlex.quote(folder)}" if folder.isprintable() else ""
    return (
        f"Made by devenv from devenv.yaml: sandbox {spec.name}, target {_printable(context.target)}.\n"
        "Change devenv.yaml, not this file: `devenv up` writes it anew. It is complete, and runs without devenv:\n"
        f"  docker compose{where} -f {FILE} up -d\n"
        "The cores, ports and GPUs below are leased to this sandbox in devenv's ledger; Compose knows nothing of that."
    )


def _printable(text: str) -> str:
    return text if text.isprintable() else "(unprintable)"
