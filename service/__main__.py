"""`python -m service` is `jalon`."""

from service.cli import main

main()
