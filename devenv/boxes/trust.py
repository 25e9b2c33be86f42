"""What this machine needs to reach the world, for builds and sandboxes: its CA bundle and its proxies.

None of it is part of what a box is: a box built behind a proxy has the same key as one built without.
"""

from __future__ import annotations

import os
from pathlib import Path

# Where people say, and where the distributions keep roots of one's own and the bundle made of them.
_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT")
_LOCAL_ROOTS = (
    (Path("/usr/local/share/ca-certificates"), Path("/etc/ssl/certs/ca-certificates.crt")),
    (Path("/etc/pki/ca-trust/source/anchors"), Path("/etc/pki/tls/certs/ca-bundle.crt")),
)
_PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy")


def bundle() -> Path | None:
    """Return the CA bundle that this host trusts, or None where the one of any image will do.

    That is the file that the environment names, else the system's own where it has roots that others lack.
    """
    for variable in _VARIABLES:
        named = Path(os.environ.get(variable, ""))
        if named.is_file():
            return named.absolute()
    for roots, made in _LOCAL_ROOTS:
        if made.is_file() and any(roots.glob("**/*.crt")):
            return made
    return None


def proxy() -> dict[str, str]:
    """Return the proxy settings of this environment in both spellings; programs differ in which they read."""
    found: dict[str, str] = {}
    for name in _PROXIES:
        value = os.environ.get(name) or os.environ.get(name.upper())
        if value:
            found |= {name: value, name.upper(): value}
    return found
