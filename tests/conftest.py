"""What all tests share."""

import asyncio

from hypothesis import settings

# How long an example takes says something about the machine, not about the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# The plugin of the virtual clock asks for a loop in every test, and where none was ever set, asyncio makes one that
# nobody closes: a warning, and so an error, in whatever test is running when it is collected.
asyncio.set_event_loop(None)
