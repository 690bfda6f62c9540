"""`python -m overseed`: the same program as the console script `overseed`."""

from overseed.cli import main

if __name__ == "__main__":
    main()
