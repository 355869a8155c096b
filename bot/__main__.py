"""`python -m bot` is `gridbot`."""

from bot.cli import main

if __name__ == "__main__":
    main()
