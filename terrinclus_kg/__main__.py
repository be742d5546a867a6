"""``python -m terrinclus_kg``, and the console script: the command line."""

from __future__ import annotations

import sys

from terrinclus_kg.errors import ConfigurationError


def main() -> None:
    """The command line. Its modules read the dataset as they are imported: what is wrong with that is told here."""
    try:
        from terrinclus_kg.cli import main as run
    except (ConfigurationError, FileNotFoundError) as error:
        sys.exit(f"terrinclus-kg: {error}")
    run()


if __name__ == "__main__":
    main()
