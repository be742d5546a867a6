"""``python -m terrinclus_kg`` is the command line."""

from terrinclus_kg.cli import main

if __name__ == "__main__":
    main()
