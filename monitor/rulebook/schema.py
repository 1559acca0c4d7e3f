"""The shape of the rules file, table by table: keys, types, ranges, defaults.

What spans several keys or tables (references, levels that agree, formulas) is `check`'s.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
)

from monitor.rulebook.durations import parse_duration

DEFAULT_API_KEY = "${RESPAN_API_KEY}"
SEVERITIES = ("info", "warning", "critical")
"""Mildest first."""


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        raise ValueError("must be a duration in quotes, such as '30s'; a bare number has no unit")  # noqa: TRY004 - pydantic reports a ValueError
    return parse_duration(value)


def _positive(value: timedelta) -> timedelta:
    if not value:
        raise ValueError("must be longer than 0s")
    return value


def _poll_interval(value: timedelta) -> timedelta:
    if not timedelta(seconds=1) <= value <= timedelta(days=1):
        raise ValueError("must be from 1s to 1d")
    return value


def _name(value: str) -> str:
    if not value.isprintable() or value != value.strip():
        raise ValueError("must be one line of printable text without blanks around it")
    return value


def _api_key(value: SecretStr) -> SecretStr:
    if not value.get_secret_value():
        raise ValueError("must not be empty")
    # It becomes an HTTP header, where a line break or an umlaut would fail far from here.
    if not all("!" <= character <= "~" for character in value.get_secret_value()):
        raise ValueError("must be letters, digits and signs without blanks or line breaks")
    return value


def _url(value: SecretStr) -> SecretStr:
    scheme, separator, rest = value.get_secret_value().partition("://")
    if not separator or not scheme.isascii() or not scheme.replace("+", "").isalnum():
        raise ValueError("must be a URL that starts with the kind of channel, such as 'slack://' or 'mailto://'")
    if not rest and scheme != "console":
        raise ValueError("says no address after '://'")
    return value


def _hourly(value: timedelta) -> timedelta:
    if not timedelta(days=8) <= value <= timedelta(days=90):
        raise ValueError("must be from 8d, which spend_7d takes, to 90d")
    return value


def _daily(value: timedelta) -> timedelta:
    if not timedelta(days=32) <= value <= timedelta(days=3660):
        raise ValueError("must be from 32d, which spend_30d takes, to 3660d")
    return value


Duration: TypeAlias = Annotated[timedelta, BeforeValidator(_duration)]
LongerThanZero: TypeAlias = Annotated[Duration, AfterValidator(_positive)]
Name: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_name)]
Label: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100)]
LabelText: TypeAlias = Annotated[str, StringConstraints(max_length=500)]
Severity: TypeAlias = Literal["info", "warning", "critical"]
Threshold: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]
Names: TypeAlias = Annotated[tuple[Name, ...], Field(min_length=1)]


class Table(BaseModel):
    """A table of the file: nothing unknown in it, nothing converted behind the writer's back."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class PollTable(Table):
    """`[poll]`: how often, and how hard."""

    interval: Annotated[Duration, AfterValidator(_poll_interval)] = timedelta(seconds=30)
    requests_per_minute: Annotated[int, Field(ge=1, le=600)] = 60


class HistoryTable(Table):
    """`[history]`: how long what customers had spent is remembered."""

    hourly: Annotated[Duration, AfterValidator(_hourly)] = timedelta(days=8)
    daily: Annotated[Duration, AfterValidator(_daily)] = timedelta(days=400)


class FilterTable(Table):
    """One condition of `[environments.filters]`; what the API takes is checked by `monitor.respan.filters`."""

    operator: str
    value: tuple[Any, ...]


class EnvironmentTable(Table):
    """`[[environments]]`: what is asked of the API, with which key."""

    name: Name
    environment: Literal["prod", "test"] | None = None
    api_key: Annotated[SecretStr, AfterValidator(_api_key)]
    filter_operator: Literal["AND", "OR"] = "AND"
    filters: Mapping[str, FilterTable] = Field(default_factory=dict)


class LevelTable(Table):
    """One of a rule's `levels`."""

    at_least: Threshold | None = None
    at_most: Threshold | None = None
    severity: Severity


class RuleTable(Table):
    """`[[rules]]`: a `value` with `levels`, or a `when` with a `severity`."""

    name: Name
    scope: Literal["customer", "environment", "organization"] = "customer"
    environments: Names | None = None
    where: str | None = None
    value: str | None = None
    levels: Annotated[tuple[LevelTable, ...], Field(min_length=1, max_length=20)] | None = None
    when: str | None = None
    severity: Severity | None = None
    for_: Duration = Field(default=timedelta(0), alias="for")
    keep_firing_for: Duration = timedelta(0)
    summary: str | None = None
    labels: Mapping[Label, LabelText] = Field(default_factory=dict)


class ChannelTable(Table):
    """`[[channels]]`: where messages go."""

    name: Name
    url: Annotated[SecretStr, AfterValidator(_url)]
    give_up_after: LongerThanZero = timedelta(hours=24)


class RouteTable(Table):
    """`[[routes]]`: which events go to which channels, and grouped how."""

    severities: Annotated[tuple[Severity, ...], Field(min_length=1)] | None = None
    environments: Names | None = None
    rules: Names | None = None
    labels: Mapping[Label, LabelText] = Field(default_factory=dict)
    customers: Annotated[tuple[Annotated[str, StringConstraints(min_length=1)], ...], Field(min_length=1)] | None = None
    channels: tuple[Name, ...]
    continue_: bool = Field(default=False, alias="continue")
    group_by: tuple[str, ...] = ("environment", "rule")
    group_wait: Duration = timedelta(seconds=30)
    group_interval: LongerThanZero = timedelta(minutes=5)
    repeat_interval: LongerThanZero = timedelta(hours=4)

    @field_validator("group_by")
    @classmethod
    def _no_duplicates(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            raise ValueError("names the same thing twice")
        if "..." in value and len(value) > 1:
            raise ValueError("holds '...' beside other names; '...' alone means: one message for each alert")
        return value


class MetricsTable(Table):
    """`[metrics]`: whose figures the metrics show."""

    customers: str
    most: Annotated[int, Field(ge=1, le=10_000)] = 1_000


class FileTable(Table):
    """The whole file."""

    poll: PollTable = Field(default_factory=PollTable)
    history: HistoryTable = Field(default_factory=HistoryTable)
    environments: Annotated[tuple[EnvironmentTable, ...], Field(min_length=1)]
    rules: Annotated[tuple[RuleTable, ...], Field(min_length=1)]
    channels: tuple[ChannelTable, ...] = ()
    routes: tuple[RouteTable, ...] = ()
    metrics: MetricsTable | None = None


TABLES: Mapping[tuple[str, ...], type[Table]] = {
    (): FileTable,
    ("poll",): PollTable,
    ("history",): HistoryTable,
    ("environments",): EnvironmentTable,
    ("environments", "filters", "*"): FilterTable,
    ("rules",): RuleTable,
    ("rules", "levels"): LevelTable,
    ("channels",): ChannelTable,
    ("routes",): RouteTable,
    ("metrics",): MetricsTable,
}
"""Each table by its path without positions; "*" is a key of the writer's own."""


def known_keys(path: tuple[str | int, ...]) -> tuple[str, ...]:
    """The keys that a table of the file may have; none where the path is not a table of ours."""
    names = tuple(part for part in path if isinstance(part, str))
    if names[:2] == ("environments", "filters"):
        names = (*names[:2], *("*" for _ in names[2:]))
    table = TABLES.get(names)
    return tuple(field.alias or name for name, field in table.model_fields.items()) if table else ()
