"""What the daemon knows of its own work: how each environment is read, and whether that is enough to be trusted."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.polling.poller import Poll
from monitor.polling.series import Shown
from monitor.respan.errors import CredentialsRefused, RespanError
from monitor.respan.pacing import Pace

# An environment counts as unseen once its last complete reading is older than several polls take.
STALE_AFTER_POLLS = 4
STALE_AT_LEAST = timedelta(minutes=5)


@dataclass(slots=True)
class EnvironmentStatus:
    """How one environment is read.

    Attributes:
        name: Our label.
        began_at: When the daemon began to poll it (UTC).
        last_complete_at: When a walk last read every customer.
        last_duration: How long the last complete walk and its readings took.
        error: What went wrong with the last poll, in a sentence; may name a customer and quote the API.
        cause: The same in words of ours alone, for whoever may not know more.
        hindrance: What keeps the poll that is under way from going on: it is tried again, which may take minutes.
        refused: Whether the API refuses the key.
        malformed: Rows of the last poll that could not be read.
        filtered: Rows of the last poll that the API's filters should have kept out.
        customers: Customers within the filters, as of the last complete walk; None before it.
        spend: Sum of their total cost, USD.
        undecided: Customers for whom a rule could not be decided.
        waiting_since: Since when the first of them waits for a reading (UTC); None: none does.
        shown: Customers whom the metrics show; None: nobody, or not known yet.
        pace: How many requests its key may send, and has sent; None until the rules are in force.
    """

    name: str
    began_at: datetime
    last_complete_at: datetime | None = None
    last_duration: timedelta = timedelta(0)
    error: str | None = None
    cause: str | None = None
    hindrance: RespanError | None = None
    refused: bool = False
    malformed: int = 0
    filtered: int = 0
    customers: int | None = None
    spend: float = 0.0
    undecided: int = 0
    waiting_since: datetime | None = None
    shown: Shown | None = None
    pace: Pace | None = None

    def take(self, poll: Poll, now: datetime) -> None:
        """Bring it up to date with a poll that ended."""
        walk = poll.walk
        if isinstance(poll.error, CredentialsRefused):
            self.refused = True
        elif poll.pages:
            self.refused = False  # A page was given for the key; no other failure says anything about it.
        self.error = str(poll.error) if poll.error is not None else None
        self.cause = _cause(poll.error) if poll.error is not None else None
        self.hindrance = None
        self.malformed, self.filtered = walk.malformed, walk.filtered
        if walk.shown is not None:
            self.shown = walk.shown if walk.complete else walk.shown.over(self.shown)
        if walk.complete:
            self.last_complete_at = now
            # Of complete ones only: a walk that fails after long waits must not earn patience by that.
            self.last_duration = now - walk.began_at
            self.customers, self.spend, self.undecided = walk.customers, walk.spend, walk.undecided
            self.waiting_since = walk.waiting_since if walk.undecided else None
        elif self.error is None:
            self.error = f"the API listed {walk.distinct} of {walk.count} customers; the next walk tries again"
            self.cause = self.error

    def patience(self, interval: timedelta) -> timedelta:
        """How old the last complete reading may be.

        Args:
            interval: From one poll to the next.
        """
        return max(STALE_AT_LEAST, STALE_AFTER_POLLS * max(interval, self.last_duration))

    def unready(self, interval: timedelta, now: datetime, *, detailed: bool = True) -> str | None:
        """Why its alerts cannot be trusted to be up to date, in a sentence.

        Args:
            interval: From one poll to the next.
            now: The time, UTC.
            detailed: Whether the sentence may name customers and quote the API.
        """
        wrong = self.error if detailed else self.cause
        if self.hindrance is not None:
            wrong = str(self.hindrance) if detailed else _cause(self.hindrance)
        if self.refused:
            return f"{self.name}: {wrong if detailed else 'the API refuses the key'}"
        if self.last_complete_at is None:
            return f"{self.name}: {wrong or 'the first reading is under way'}"
        if now - self.last_complete_at > self.patience(interval):
            since = self.last_complete_at.isoformat(timespec="seconds")
            return f"{self.name}: not read completely since {since}: {wrong or 'a reading is under way'}"
        return None


def _cause(error: RespanError) -> str:
    return f"a request failed ({error.reason})"


@dataclass(slots=True)
class Status:
    """How the whole daemon is.

    Attributes:
        environments: By name.
        interval: From one poll to the next.
        store_error: What is wrong with the database.
        rules_error: Why the last reload was refused; the rules before it are in force.
        rules: Fingerprint of the rules file in force.
        rules_loaded_at: When it was put in force (UTC).
    """

    environments: dict[str, EnvironmentStatus] = field(default_factory=dict)
    interval: timedelta = timedelta(0)
    store_error: str | None = None
    rules_error: str | None = None
    rules: str = ""
    rules_loaded_at: datetime | None = None

    def reasons(self, now: datetime, *, detailed: bool = True) -> list[str]:
        """Why the daemon is not ready; none where it is.

        Args:
            now: The time, UTC.
            detailed: Whether the reasons may name customers and places.
        """
        database = [f"database: {self.store_error if detailed else 'it fails'}"] if self.store_error else []
        unread: Iterable[str | None] = (
            environment.unready(self.interval, now, detailed=detailed) for environment in self.environments.values()
        )
        return [*database, *(reason for reason in unread if reason is not None)]

    def warnings(self, *, detailed: bool = True) -> list[str]:
        """What is wrong although alerts are up to date; `detailed` as for `reasons`."""
        if self.rules_error is None:
            return []
        return [f"rules: {self.rules_error if detailed else 'the file was refused when it was last read'}"]
