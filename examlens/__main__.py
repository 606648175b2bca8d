"""``python -m examlens``."""

from examlens.cli import main

if __name__ == "__main__":
    main()
