"""`python -m tandem`: the same as `tandem`."""

from tandem.cli import main

main()
