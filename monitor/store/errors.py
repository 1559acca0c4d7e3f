"""What can be wrong with the database, in sentences that a user can act on."""


class StoreError(Exception):
    """The database cannot be used, or not now."""


class WrongDatabaseUrl(StoreError):  # noqa: N818 - named after what is so, like the others
    """The URL names no database that can be used; another one has to be set."""


class StoreLocked(StoreError):  # noqa: N818 - named after what is so, like the others
    """Another process uses the database."""


class SchemaTooNew(StoreError):  # noqa: N818 - named after what is so, like the others
    """The database was written by a newer version of the program; it is left as it is."""
