"""The sandbox's environment: what devenv knows, under what the spec says."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from devenv.render import gpus, minio

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devenv.agent.model import Lease
    from devenv.render.context import Context
    from devenv.spec.model import Spec

CA_BUNDLE = "/run/devenv/ca-bundle.pem"
# Who reads what: OpenSSL and Python's ssl; requests; curl; pip; Node; git; the AWS SDKs.
_CA_VARIABLES = (
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "PIP_CERT",
    "NODE_EXTRA_CA_CERTS",
    "GIT_SSL_CAINFO",
    "AWS_CA_BUNDLE",
)
# Libraries that start one thread per core of the machine unless told; some of them do not look at the cpuset.
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_NEVER_PROXIED = ("localhost", "127.0.0.1", "::1", "sandbox", minio.NAME)


def variables(spec: Spec, lease: Lease, context: Context) -> dict[str, str | None]:
    """Return the main service's environment, the spec's own last and winning. None: taken from Compose's caller."""
    threads = str(max(1, len(lease.cpus) or spec.resources.cpus))
    home: dict[str, str | None] = {}
    if context.home is not None:
        home = {"HOME": context.home, "USER": context.home.rpartition("/")[2] or "root"}
    return {
        **home,
        **dict.fromkeys(THREAD_VARIABLES, threads),
        gpus.VISIBLE: gpus.visible(lease.gpus),
        **minio.environment(spec),
        **(dict.fromkeys(_CA_VARIABLES, CA_BUNDLE) if context.ca_bundle is not None else {}),
        **_proxy(context.proxy, spec),
        **_secrets(spec),
        **spec.env,
    }


def derived(spec: Spec) -> frozenset[str]:
    """Return the variables that follow the lease, or the list of services, and that the spec does not set itself."""
    return frozenset((*THREAD_VARIABLES, "NO_PROXY", "no_proxy")) - set(spec.env)


def _secrets(spec: Spec) -> dict[str, str]:
    if not spec.secrets:
        return {}
    names = [secret.name for secret in spec.secrets]
    return {f"{name}_FILE": f"/run/secrets/{name}" for name in names} | {"DEVENV_SECRETS": " ".join(names)}


def _proxy(proxy: Mapping[str, str], spec: Spec) -> dict[str, str | None]:
    """Return the proxy variables in both cases: curl reads only the lower one, much of Java and Go the upper."""
    known = {name.upper(): value for name, value in proxy.items() if value}
    if not known:
        return {}
    exempt = [*known.pop("NO_PROXY", "").split(","), *_NEVER_PROXIED, *spec.services]
    known["NO_PROXY"] = ",".join(dict.fromkeys(word.strip() for word in exempt if word.strip()))
    result: dict[str, str | None] = {}
    for name, value in known.items():
        # A proxy's password stays out of the file: Compose hands the variable on from whoever runs it.
        shown = None if "@" in urlsplit(value).netloc else value
        result |= {name: shown, name.lower(): shown}
    return result
