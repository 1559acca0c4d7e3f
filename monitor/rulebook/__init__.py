"""The rules file: checked as a whole, and turned into one immutable `Rulebook` or refused with every problem in it.

Reads one file. Knows the rule language and the filters; nothing of the API client, the store or how channels send.
"""

from monitor.rulebook.book import AggregateEntry, Channel, Environment, Poll, Route, Rulebook, RuleEntry
from monitor.rulebook.durations import format_duration, parse_duration
from monitor.rulebook.load import load, loads
from monitor.rulebook.problems import Problem, RulebookError, render

__all__ = [
    "AggregateEntry",
    "Channel",
    "Environment",
    "Poll",
    "Problem",
    "Route",
    "RuleEntry",
    "Rulebook",
    "RulebookError",
    "format_duration",
    "load",
    "loads",
    "parse_duration",
    "render",
]
