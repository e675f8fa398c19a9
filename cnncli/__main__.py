"""`python -m cnncli` is `cnncli`."""

from .cli import main

main()
