"""Entry point of `devenv` and `python -m devenv`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    if sys.argv[1:] == ["--version"]:
        # Answered before click is imported: people's prompts and scripts ask for it often.
        from devenv import __version__  # noqa: PLC0415

        print(f"devenv {__version__}")  # noqa: T201
        return
    from devenv.cli.main import run  # noqa: PLC0415

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
