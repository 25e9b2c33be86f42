"""The order in which a service's words are written: the one that people write Compose files in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_GROUPS = (
    ("extends", "image", "build", "platform", "pull_policy", "container_name", "hostname", "domainname", "profiles"),
    ("init", "user", "group_add", "working_dir", "entrypoint", "command", "tty", "stdin_open"),
    ("environment", "env_file", "secrets", "configs"),
    ("depends_on", "links", "external_links", "network_mode", "networks", "dns", "dns_search", "dns_opt"),
    ("extra_hosts", "expose", "ports", "volumes", "volumes_from", "tmpfs", "devices", "gpus"),
    ("cpuset", "cpus", "cpu_shares", "mem_limit", "memswap_limit", "mem_reservation", "shm_size", "pids_limit"),
    ("ulimits", "sysctls", "deploy", "runtime", "privileged", "cap_drop", "cap_add", "security_opt", "read_only"),
    ("userns_mode", "ipc", "pid", "healthcheck", "restart", "stop_signal", "stop_grace_period", "logging", "labels"),
)
_RANK = {word: rank for rank, word in enumerate(word for group in _GROUPS for word in group)}
# Words that this list does not have come before the labels, in the order in which they were written.
_OTHERS = _RANK["labels"] - 0.5


def ordered(words: Mapping[str, Any]) -> dict[str, Any]:
    """Return a service's words in the customary order."""
    return dict(sorted(words.items(), key=lambda item: _RANK.get(item[0], _OTHERS)))
