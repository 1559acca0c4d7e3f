"""One process writes to a database: the lock that says so, gone with its process however that ends."""

import fcntl
import os
from pathlib import Path

from monitor.store.errors import StoreError, StoreLocked


class FileLock:
    """An exclusive lock beside a SQLite file.

    The operating system lets go of it when the process ends, so a crash leaves nothing to clean up.
    """

    def __init__(self, database: Path) -> None:
        path = database.with_name(database.name + ".lock")
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(f"cannot write {path}: {error.strerror}; check the folder and its permissions") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._file, 32, 0).decode("ascii", "replace").strip()
            os.close(self._file)
            raise StoreLocked(
                f"{database} is in use by another budget-monitor{f' (process {holder})' if holder else ''}; "
                "stop that one, or give this one its own MONITOR_DATABASE_URL"
            ) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode("ascii"), 0)

    def release(self) -> None:
        """Let another process have the database."""
        os.close(self._file)
