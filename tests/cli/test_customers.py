"""The commands that show customers: all of them in order, or one with where each number comes from."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.store.database import Store
from tests.cli.builders import CONSOLE, Desk, api, customer, desk, rules
from tests.endtoend.builders import PERIOD_BUDGET
from tests.notify.receivers import free_port

IDLE = '[[rules]]\nname = "idle"\nwhen = "days_since(last_active_timeframe) > 30"\nseverity = "info"\n'
ENTRY = [
    "environment",
    "organization",
    "customer_identifier",
    "as_of",
    "missing_since",
    "alert",
    "over",
    "period_budget",
    "budget_duration",
    "total_budget",
    "total_cost",
    "exact",
    "period_cost",
    "period_used",
    "period_remaining",
    "period_start",
    "period_end",
    "period_ended",
    "period_elapsed",
    "pace",
    "projected_period_cost",
    "exhausts_at",
    "spend_1h",
    "spend_24h",
    "spend_7d",
    "spend_30d",
    "waiting_since",
]


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Desk]:
    """A folder where `once` has found one customer at 81.2 %, one at 1 %, and one far below its budget."""
    with api(customer(), customer("quiet", period_usage=1.0), customer("large", period_budget=1e6)) as base_url:
        made = desk(tmp_path, base_url, rules(PERIOD_BUDGET, IDLE, CONSOLE))
        assert made.invoke("once").exit_code == 0
        yield made


def away(at: Desk) -> dict[str, str | None]:
    """Neither a key nor anybody who answers."""
    return {"RESPAN_API_KEY": None, "RESPAN_BASE_URL": f"http://127.0.0.1:{free_port()}", "HOME": str(at.folder)}


def test_customers_for_people(at: Desk) -> None:
    """A line for each, most used first; for when it holds stands on standard error."""
    shown = at.invoke("customers")

    assert shown.exit_code == 0
    assert [line.split("%")[0].strip() for line in shown.stdout.splitlines()[1:]] == ["81.2", "1", "≤ 0.1"]
    assert shown.stderr.startswith("prod: as of ")
    assert shown.stderr.endswith("\n3 customers\n")


def test_customers_as_json(at: Desk) -> None:
    """One object with all of them, and nothing else."""
    shown = at.invoke("customers", "--json")

    told = json.loads(shown.stdout)
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert list(told) == ["environments", "matched", "customers"]
    assert [list(each) for each in told["customers"]] == [ENTRY] * 3
    assert told["customers"][0]["period_cost"] == {"low": 81.2, "high": 81.2}
    assert told["customers"][0]["alert"] == "warning"


def test_who_is_over(at: Desk) -> None:
    """Only those who have used so much, or may have."""
    told = json.loads(at.invoke("customers", "--over", "0.001", "--json").stdout)

    assert [(each["customer_identifier"], each["over"]) for each in told["customers"]] == [
        ("user_123", "surely"),
        ("quiet", "surely"),
        ("large", "possibly"),
    ]


def test_a_limit_and_an_order(at: Desk) -> None:
    """As many as are wanted, in the order that is wanted."""
    shown = at.invoke("customers", "--sort", "identifier", "--limit", "2")

    assert "large" in shown.stdout.splitlines()[1]
    assert "the first 2 of 3 customers; --limit 0 shows all" in shown.stderr


@pytest.mark.parametrize("command", [("customers",), ("explain", "user_123")])
def test_neither_network_nor_key_is_needed(at: Desk, command: tuple[str, ...]) -> None:
    """Looking needs the database alone, also while the daemon runs."""
    store = Store(f"sqlite:///{at.database}")
    try:
        shown = at.invoke(*command, **away(at))
    finally:
        store.close()

    assert shown.exit_code == 0
    assert "81.2 %" in shown.stdout


@pytest.mark.parametrize("command", [("customers",), ("explain", "user_123")])
def test_an_environment_that_is_not_there(at: Desk, command: tuple[str, ...]) -> None:
    """It is wrong usage, and those that are there are named."""
    shown = at.invoke(*command, "--environment", "staging")

    assert (shown.exit_code, shown.stdout) == (2, "")
    assert shown.stderr == "error: the database has no environment 'staging'; it has: prod\n"


@pytest.mark.parametrize("command", [("customers",), ("explain", "user_123")])
def test_before_any_database(tmp_path: Path, command: tuple[str, ...]) -> None:
    """It says what makes one, and makes none."""
    made = desk(tmp_path)

    shown = made.invoke(*command)

    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "there is no database at " in shown.stderr
    assert not made.database.exists()


def test_an_unknown_customer(at: Desk) -> None:
    """The nearest identifiers are named, and the exit status is 1."""
    shown = at.invoke("explain", "quite")

    assert (shown.exit_code, shown.stdout) == (1, "")
    assert shown.stderr == "error: there is no customer 'quite' in prod; did you mean 'quiet'?\n"


def test_an_explanation_as_json(at: Desk) -> None:
    """One object with every customer of that identifier, and nothing else."""
    shown = at.invoke("explain", "user_123", "--json")

    (told,) = json.loads(shown.stdout)["customers"]
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert told["customer_identifier"] == "user_123"
    assert [(rule["rule"], rule["answer"]) for rule in told["rules"]] == [
        ("period-budget", "holds"),
        ("idle", "needs the row"),
    ]


def test_asking_answers_what_is_not_kept(at: Desk) -> None:
    """With --ask every rule is answered."""
    told = json.loads(at.invoke("explain", "user_123", "--ask", "--json").stdout)["customers"][0]

    assert "needs the row" not in [rule["answer"] for rule in told["rules"]]
    assert told["row"]["email"] is None
    assert told["asked_at"] is not None


def test_asking_with_a_wrong_key(at: Desk) -> None:
    """The page is there, and what went wrong is told on standard error without the key."""
    shown = at.invoke("explain", "user_123", "--ask", RESPAN_API_KEY="sk-wrong")

    assert shown.exit_code == 1
    assert "Rule idle  needs the row" in shown.stdout
    assert "RESPAN_API_KEY" in shown.stderr
    assert "sk-wrong" not in shown.output


def test_asking_without_a_key(at: Desk) -> None:
    """That needs the key, as polling does."""
    shown = at.invoke("explain", "user_123", "--ask", RESPAN_API_KEY=None)

    assert (shown.exit_code, shown.stdout) == (2, "")
    assert "RESPAN_API_KEY is not set" in shown.stderr


def test_asking_at_an_address_that_is_none(at: Desk) -> None:
    """The variable is named, and nothing is asked."""
    shown = at.invoke("explain", "user_123", "--ask", RESPAN_BASE_URL="nonsense")

    assert (shown.exit_code, shown.stdout) == (2, "")
    assert shown.stderr.startswith("error: RESPAN_BASE_URL is no plain address")


def test_a_rules_file_that_cannot_be_used(at: Desk) -> None:
    """What the database knows is shown, and what is wrong with the file is told with exit status 2."""
    shown = at.invoke("explain", "user_123", "--rules", str(at.folder / "other.toml"))

    assert shown.exit_code == 2
    assert "Alert of rule period-budget" in shown.stdout
    assert shown.stderr.startswith(f"{at.folder}/other.toml: there is no such file\n")


def test_a_variable_that_a_rule_reads_must_be_set(at: Desk) -> None:
    """A key may be missing; what stands in a formula may not, as it would be judged by something else."""
    at.rules.write_text(
        rules(PERIOD_BUDGET.replace("value =", "where = \"customer_identifier != '${SPARED}'\"\nvalue =", 1), CONSOLE)
    )

    missing = at.invoke("explain", "user_123", RESPAN_API_KEY=None)
    there = at.invoke("explain", "user_123", RESPAN_API_KEY=None, SPARED="quiet")

    assert missing.exit_code == 2
    assert "SPARED is not set" in missing.stderr
    assert there.exit_code == 0
    assert "'user_123' != 'quiet' = yes" in there.stdout


def test_a_key_file_that_is_not_for_our_eyes(at: Desk) -> None:
    """Whoever may not read the key may look nevertheless."""
    shown = at.invoke("explain", "user_123", RESPAN_API_KEY=None, RESPAN_API_KEY_FILE="/nowhere/key")

    assert shown.exit_code == 0
    assert "Rule period-budget  holds: warning" in shown.stdout
