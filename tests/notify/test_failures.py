"""What a refusal's log lines amount to."""

import pytest

from monitor.notify.failures import ChannelError, Kind, Refusal, error_of


def said(*, warnings: str = "", exception: str = "", response: str = "", service: str = "Slack") -> ChannelError:
    """The error of a refusal."""
    refusal = Refusal(warnings=warnings, exception=exception, response=response)
    return error_of(refusal, channel="finops", service=service)


@pytest.mark.parametrize(
    ("exception", "kind", "permanent"),
    [
        ("SMTPAuthenticationError: (535, b'5.7.8 bad credentials')", "auth", True),
        ("Socket Exception: {'a@b.example': (550, b'no such user')}", "not_found", True),
        ("Socket Exception: (552, b'too large')", "client", True),
        ("Socket Exception: {'a@b.example': (451, b\"later\")}", "server", False),
        ("SMTPServerDisconnected: Connection unexpectedly closed", "network", False),
        ("gaierror: [Errno -2] Name or service not known", "network", False),
        ("SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED]", "network", False),
    ],
)
def test_what_a_mail_server_answers(exception: str, kind: Kind, permanent: bool) -> None:  # noqa: FBT001 - a row of a table
    """5yz is final and 4yz passes, a login is told from a recipient, and no answer at all passes."""
    error = said(exception=exception, service="E-Mail")

    assert (error.kind, error.permanent) == (kind, permanent)


@pytest.mark.parametrize(
    ("word", "kind", "permanent"),
    [
        ("token_revoked", "auth", True),
        ("channel_not_found", "not_found", True),
        ("ratelimited", "rate_limited", False),
        ("internal_error", "server", False),
    ],
)
def test_slacks_words(word: str, kind: Kind, permanent: bool) -> None:  # noqa: FBT001 - a row of a table
    """Slack says why in a word, whatever the status."""
    error = said(warnings="Failed to send to Slack: error=200.", response=f'{{"ok":false,"error":"{word}"}}')

    assert (error.kind, error.permanent) == (kind, permanent)


def test_a_passing_failure_speaks_for_all_targets() -> None:
    """While one target may yet accept, the message is not given up."""
    error = said(warnings="Failed, error=404.\nFailed, error=503.")

    assert (error.kind, error.permanent) == ("server", False)


def test_a_url_in_an_exception_neither_shows_nor_misleads() -> None:
    """The path of a webhook is no word of the network's, and stays unseen."""
    error = said(
        exception="HTTPSConnectionPool(host='h', port=443): Max retries with url: /T/B/[SSLrefused (timed out)"
    )

    assert "in time" in error.message
    assert "/T/B" not in error.message


@pytest.mark.parametrize("refusal", [{}, {"warnings": "error=404."}, {"exception": "refused"}, {"warnings": "error=1"}])
def test_every_error_names_its_channel_and_ends_in_advice(refusal: dict[str, str]) -> None:
    """A person knows where to look and what to do."""
    error = said(**refusal)

    assert error.message.startswith("channel finops: Slack did not take the message")
    assert error.message.count(". ") >= 1
    assert error.message.endswith(".")
