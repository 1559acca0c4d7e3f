"""A rules file that is in force: checked, compiled, and never changed. A new file makes a new book."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from pydantic import SecretStr

from monitor.respan.filters import Filters
from monitor.rulebook.problems import Problem
from monitor.rules.aggregate_rule import AggregateRule
from monitor.rules.rule import Rule
from monitor.rules.summary import Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """How often the API is read, and how hard.

    Attributes:
        interval: From the start of one poll to the start of the next.
        requests_per_minute: Of each API key, in any 60 seconds.
    """

    interval: timedelta
    requests_per_minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """How long what customers had spent is remembered.

    Attributes:
        hourly: At full hours.
        daily: At midnights, UTC.
    """

    hourly: timedelta
    daily: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One environment of one API key. Environments with an equal key share one pace.

    Attributes:
        name: Our label, unique in the book.
        environment: What the API is asked for: "prod" or "test".
        api_key: Of the organization.
        filters: Sent to the API, and checked again on every row.
    """

    name: str
    environment: str
    api_key: SecretStr
    filters: Filters


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One rule with what surrounds its formula.

    Attributes:
        rule: The checked formula and its levels.
        environments: Names of the environments that it applies to, or whose customers count: all of the book's where
            the file names none.
        for_: How long it must hold before it fires.
        keep_firing_for: How long it must not hold before it resolves.
        labels: The rule's own, for routes and templates.
        summary: The sentence of its alerts.
    """

    rule: Rule | AggregateRule
    environments: tuple[str, ...]
    for_: timedelta
    keep_firing_for: timedelta
    labels: Mapping[str, str]
    summary: Summary

    @property
    def name(self) -> str:
        """The rule's name, unique in the book and part of the identity of its alerts."""
        return self.rule.name


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEntry(Entry):
    """One rule about single customers."""

    rule: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateEntry(Entry):
    """One rule over all customers."""

    rule: AggregateRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Where messages go.

    Attributes:
        name: Unique in the book.
        url: Of Apprise; the token is part of it.
        give_up_after: How long a message that is refused is tried again.
    """

    name: str
    url: SecretStr
    give_up_after: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Which events go to which channels. An empty matcher matches everything.

    Attributes:
        severities: Any of them.
        environments: Names, any of them.
        rules: Names, any of them.
        labels: All of them, with equal text.
        customers: Globs over the customer identifier, any of them.
        channels: Names; none means that nobody is told.
        continue_: Whether the routes after this one are asked too.
        group_by: Events that agree in these share a message; "..." means: every alert on its own.
        group_wait: How long a new group waits for more before it is told.
        group_interval: How long until news of a group that was told is told.
        repeat_interval: How long until a group without news is told again.
    """

    severities: tuple[str, ...]
    environments: tuple[str, ...]
    rules: tuple[str, ...]
    labels: Mapping[str, str]
    customers: tuple[str, ...]
    channels: tuple[str, ...]
    continue_: bool
    group_by: tuple[str, ...]
    group_wait: timedelta
    group_interval: timedelta
    repeat_interval: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerSeries:
    """Whose figures the metrics show.

    Attributes:
        condition: Holds for those whom they show.
        most: How many they show at most, in each environment.
    """

    condition: Rule
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """The whole file.

    Attributes:
        path: Of the file, as it was given.
        fingerprint: Of the content without secrets and comments, 12 hexadecimal digits: the same for files that mean
            the same but for their keys and addresses.
        poll: How the API is read.
        history: What is remembered.
        environments: At least one.
        rules: Those about each customer. There is at least one rule, of these or of those.
        aggregates: Those about all customers of an environment or an organization.
        channels: Where messages can go.
        routes: In order; with none, everything goes everywhere.
        customer_series: Whose figures the metrics show; None: nobody's.
        warnings: What is allowed but probably not meant.
    """

    path: str
    fingerprint: str
    poll: Poll
    history: History
    environments: tuple[Environment, ...]
    rules: tuple[RuleEntry, ...]
    aggregates: tuple[AggregateEntry, ...]
    channels: tuple[Channel, ...]
    routes: tuple[Route, ...]
    customer_series: CustomerSeries | None
    warnings: tuple[Problem, ...]
