"""The tables of functions that an expression may call: on one customer's fields, and over customers."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from monitor.rules.types import Type, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function of the expression language.

    A null argument makes the result null, except for `coalesce`, which is there to look past nulls.

    Attributes:
        name: As written in an expression; the run-time helper has the same name after an underscore.
        parameters: Types of the arguments; None: any, but the same for all.
        result: Type of the result; None: that of the arguments.
        description: One sentence for the documentation.
        unit: Unit of a number it returns; None: that of its arguments.
        optional: How many of the last parameters can be left out.
        variadic: Whether the last parameter can be repeated.
        may_be_null: Whether the result can be null though no argument is.
        needs_now: Whether the helper is also given the time of evaluation.
    """

    name: str
    parameters: tuple[Type | None, ...]
    result: Type | None
    description: str
    unit: Unit = None
    optional: int = 0
    variadic: bool = False
    may_be_null: bool = False
    needs_now: bool = False

    def accepts(self, count: int) -> bool:
        """Returns whether the function can be called with so many arguments."""
        least = len(self.parameters) - self.optional
        return count >= least if self.variadic else least <= count <= len(self.parameters)

    @property
    def arity(self) -> str:
        """How many arguments it takes, in words."""
        most = len(self.parameters)
        least = most - self.optional
        if self.variadic:
            return f"{least} or more arguments"
        if self.optional:
            return f"{least} to {most} arguments"
        return "1 argument" if most == 1 else f"{most} arguments"


_NUMBER, _TEXT, _TIME, _BOOL = Type.NUMBER, Type.TEXT, Type.TIME, Type.BOOL

_TABLE = (
    Function(name="abs", parameters=(_NUMBER,), result=_NUMBER, description="A number without its sign."),
    Function(
        name="min",
        parameters=(_NUMBER, _NUMBER),
        result=_NUMBER,
        variadic=True,
        description="The least of its arguments.",
    ),
    Function(
        name="max",
        parameters=(_NUMBER, _NUMBER),
        result=_NUMBER,
        variadic=True,
        description="The greatest of its arguments.",
    ),
    Function(
        name="round",
        parameters=(_NUMBER, _NUMBER),
        result=_NUMBER,
        optional=1,
        description="A number rounded to a whole one, or to so many digits after the point (0 to 12).",
    ),
    Function(name="lower", parameters=(_TEXT,), result=_TEXT, description="A text in lower case."),
    Function(name="upper", parameters=(_TEXT,), result=_TEXT, description="A text in upper case."),
    Function(
        name="coalesce",
        parameters=(None,),
        result=None,
        variadic=True,
        description="The first of its arguments that is not null; they can be of any type, all of the same.",
    ),
    Function(
        name="after_last",
        may_be_null=True,
        parameters=(_TEXT, _TEXT),
        result=_TEXT,
        description="What follows the last occurrence of the second text in the first; null where there is none.",
    ),
    Function(
        name="startswith", parameters=(_TEXT, _TEXT), result=_BOOL, description="Whether a text starts with another."
    ),
    Function(name="endswith", parameters=(_TEXT, _TEXT), result=_BOOL, description="Whether a text ends with another."),
    Function(name="contains", parameters=(_TEXT, _TEXT), result=_BOOL, description="Whether a text contains another."),
    Function(
        name="hours_since",
        parameters=(_TIME,),
        result=_NUMBER,
        unit="hours",
        needs_now=True,
        description="Hours that have passed since a time.",
    ),
    Function(
        name="days_since",
        parameters=(_TIME,),
        result=_NUMBER,
        unit="days",
        needs_now=True,
        description="Days that have passed since a time.",
    ),
)

FUNCTIONS: Mapping[str, Function] = MappingProxyType({function.name: function for function in _TABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """One function over the customers that match a rule's `where`.

    Attributes:
        name: As written in an expression.
        parameter: Type of its one argument, which is an expression over one customer's fields.
        required: Whether that must be given.
        description: One sentence for the documentation.
    """

    name: str
    parameter: Type
    required: bool
    description: str


_AGGREGATES = (
    Aggregate(
        name="sum",
        parameter=_NUMBER,
        required=True,
        description="The sum of a number over the customers; who has none is left out, and of none it is 0.",
    ),
    Aggregate(
        name="avg",
        parameter=_NUMBER,
        required=True,
        description="Its average over the customers who have one; null where none has.",
    ),
    Aggregate(
        name="max",
        parameter=_NUMBER,
        required=True,
        description="The greatest over the customers; null where none has one. With more arguments it is a function.",
    ),
    Aggregate(
        name="count",
        parameter=_BOOL,
        required=False,
        description="How many customers there are, or for how many of them a condition holds.",
    ),
)

AGGREGATES: Mapping[str, Aggregate] = MappingProxyType({aggregate.name: aggregate for aggregate in _AGGREGATES})


def called_aggregate(name: str, arguments: int) -> Aggregate | None:
    """Returns the aggregate that a call with so many arguments means; None where it means a function, or nothing."""
    function = FUNCTIONS.get(name)
    return None if function is not None and function.accepts(arguments) else AGGREGATES.get(name)
