"""A fake of the Google Cloud APIs that a stack uses: Google's documents for names and routes, its habits by hand.

`routes` finds the method of a request, `serving` who answers it: `plain` by its last word, the files named like an API
where that one has habits of its own. `world` is what exists, `faults` what goes wrong on purpose, `server` speaks HTTP.
"""

from tests.google.fake.errors import GoogleError
from tests.google.fake.server import Fake, fake
from tests.google.fake.world import World

__all__ = ["Fake", "GoogleError", "World", "fake"]
