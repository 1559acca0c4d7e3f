"""What all tests share."""

import asyncio
import os

from hypothesis import settings

# How long an example takes says something about the machine, not about the code. Chance looks for mistakes while one
# develops; a gate that fails by chance would only be passed again.
settings.register_profile("search", deadline=None)
settings.register_profile("gate", deadline=None, derandomize=True)
settings.load_profile("gate" if os.environ.get("CI") else "search")

# The plugin of the virtual clock asks for a loop in every test, and where none was ever set, asyncio makes one that
# nobody closes: a warning, and so an error, in whatever test is running when it is collected.
asyncio.set_event_loop(None)
