"""Messages as mails: HTML that reads on a phone and in the dark, with a plain text beside it. Pure.

No image, script or remote content. Sizes and colours stand inline because most mail programs drop style sheets; the one
sheet only adapts to a dark screen where it is understood.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.charset import QP, Charset
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime
from hashlib import sha256
from html import escape as escape_html
from typing import Final

from monitor.alerts.model import Severity
from monitor.notify.message import Message
from monitor.notify.plain import plain_text, plain_title
from monitor.notify.text import clean, unlink
from monitor.notify.wording import Telling, Tone, lateness, remainder, tell, title, tone

# (accent, the darker shade that is readable as text on white)
_COLOUR: Final = {
    Tone.CRITICAL: ("#d92d20", "#b42318"),
    Tone.WARNING: ("#f79009", "#b54708"),
    Tone.INFO: ("#2e90fa", "#175cd3"),
    Tone.ENDED: ("#12b76a", "#027a48"),
}
_LIGHT: Final = {Tone.CRITICAL: "#fda29b", Tone.WARNING: "#fec84b", Tone.INFO: "#84caff", Tone.ENDED: "#6ce9a6"}
_FONT: Final = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_DARK: Final = (
    "@media (prefers-color-scheme:dark){.page{background:#101418!important}.card{background:#1b2127!important;"
    "border-top-color:#313a43!important;border-right-color:#313a43!important;border-bottom-color:#313a43!important}"
    ".ink{color:#f2f4f7!important}.soft{color:#a3adb8!important}"
    ".rule{border-color:#313a43!important}.track{background:#313a43!important}"
    + "".join(f".{name.value}{{color:{colour}!important}}" for name, colour in _LIGHT.items())
    + "}"
)

NOTICE_LINE_LIMIT: Final = 1_000


def subject(message: Message) -> str:
    """One line without anything that a mail program decodes: how bad, who or how many, what, by which rule, where."""
    # "=?" begins an encoded word, which a reader's program would decode into any text at all.
    return title(message).replace("=?", "= ?")


def html(message: Message) -> str:
    """The body as a whole HTML document."""
    cards = _cards(message)
    footer = [line for line in (remainder(message.hidden) if message.hidden else None, lateness(message)) if line]
    foot = "".join(
        f'<p class="soft" style="margin:0 0 8px;font-size:13px;line-height:19px;color:#667085">{escape(line)}</p>'
        for line in footer
    )
    heading = (
        ""
        if message.total == 1
        else f'<h1 class="ink" style="margin:0 0 16px;font-size:19px;line-height:26px;font-weight:600;color:#101828">'
        f"{escape(title(message))}</h1>"
    )
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
        f"<title>{escape(subject(message))}</title><style>{_DARK}</style></head>"
        '<body class="page" style="margin:0;padding:0;background:#f2f4f7">'
        '<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" '
        'style="background:#f2f4f7"><tr><td align="center" style="padding:20px 12px">'
        f'<table role="presentation" width="100%" cellpadding="0" cellspacing="0" '
        f'style="max-width:600px;text-align:left;font-family:{_FONT}"><tr><td>{heading}{cards}{foot}'
        '<p class="soft" style="margin:12px 0 0;font-size:12px;line-height:18px;color:#667085">'
        "Sent by budget-monitor</p></td></tr></table></td></tr></table></body></html>"
    )


def _cards(message: Message) -> str:
    if message.notice is not None:
        lines = [escape(clean(line, NOTICE_LINE_LIMIT)) for line in message.notice.body.splitlines() if line.strip()]
        return _card(tone(message.notice.severity), _paragraph("<br>".join(lines)) if lines else "")
    tellings = [tell(event) for event in message.events]
    if message.total == 1:
        return _card(tellings[0].tone, _single(tellings[0]))
    return "".join(_card(told.tone, _brief(told)) for told in tellings)


def _card(colour: Tone, inner: str) -> str:
    return (
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 12px"><tr>'
        f'<td class="card" style="background:#ffffff;border:1px solid #e4e7ec;border-left:5px solid '
        f'{_COLOUR[colour][0]};border-radius:8px;padding:16px 18px;word-break:break-word">{inner}</td></tr></table>'
    )


def _single(told: Telling) -> str:
    rows = [
        ("Spent", told.spent),
        ("Share", told.share),
        ("Period", told.period),
        ("Pace", told.outlook),
        ("Changed", told.change),
        ("Customer", told.identifier),
        ("Mail", told.email if told.email != told.customer else None),
        ("Rule", told.rule),
        ("Environment", told.environment),
        ("Decided", told.at),
    ]
    cells = "".join(
        '<tr><td class="soft rule" valign="top" style="padding:7px 14px 7px 0;border-top:1px solid #eaecf0;'
        f'font-size:14px;line-height:20px;color:#667085;white-space:nowrap">{label}</td>'
        '<td class="ink rule" valign="top" width="100%" style="padding:7px 0;border-top:1px solid #eaecf0;'
        f'font-size:14px;line-height:20px;color:#1d2939;word-break:break-word">{escape(value)}</td></tr>'
        for label, value in rows
        if value
    )
    return (
        f"{_badge(told)}"
        f'<h1 class="ink" style="margin:6px 0 0;font-size:22px;line-height:28px;font-weight:600;color:#101828">'
        f"{escape(told.customer)}</h1>"
        f"{_paragraph(escape(told.summary))}{_bar(told)}"
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:14px 0 0">'
        f"{cells}</table>"
    )


def _brief(told: Telling) -> str:
    figures = " · ".join(escape(part) for part in (told.spent, told.period) if part)
    facts = f"{figures}<br>" if figures else ""
    return (
        f"{_badge(told)}"
        f'<h2 class="ink" style="margin:4px 0 0;font-size:17px;line-height:23px;font-weight:600;color:#101828">'
        f"{escape(told.customer)}</h2>{_paragraph(escape(told.summary))}{_bar(told)}"
        f'<p class="soft" style="margin:8px 0 0;font-size:13px;line-height:19px;color:#667085">{facts}'
        f"{escape(told.change)}<br>{escape(told.place)}</p>"
    )


def _badge(told: Telling) -> str:
    figure = f" · {escape(told.figure)}" if told.figure else ""
    return (
        f'<p class="{told.tone.value}" style="margin:0;font-size:13px;line-height:18px;font-weight:700;'
        f'letter-spacing:.02em;color:{_COLOUR[told.tone][1]}">{told.word}{figure}</p>'
    )


def _bar(told: Telling) -> str:
    """How much of the budget is used, drawn with two table cells: what every mail program can show."""
    if told.filled is None:
        return ""
    width = round(told.filled * 100)
    cell = 'height="8" style="height:8px;line-height:8px;font-size:0;border-radius:4px'
    used = f'<td width="{width}%" {cell};background:{_COLOUR[told.tone][0]}">&nbsp;</td>' if width else ""
    left = f'<td width="{100 - width}%" {cell}">&nbsp;</td>' if width < 100 else ""  # noqa: PLR2004 - of a hundred
    return (
        '<table role="presentation" class="track" width="100%" cellpadding="0" cellspacing="0" '
        f'style="margin:12px 0 0;background:#eaecf0;border-radius:4px"><tr>{used}{left}</tr></table>'
    )


def _paragraph(inner: str) -> str:
    return f'<p class="ink" style="margin:8px 0 0;font-size:15px;line-height:22px;color:#344054">{inner}</p>'


def escape(text: str) -> str:
    """Text as HTML shows it, without anything that a mail program makes a link of."""
    return escape_html(unlink(text))


def build(
    message: Message,
    *,
    sender: str,
    to: Sequence[str],
    cc: Sequence[str] = (),
    reply_to: Sequence[str] = (),
    headers: Mapping[str, str] | None = None,
    domain: str,
    date: datetime,
) -> MIMEMultipart:
    """The mail of a message.

    Its `Message-ID` comes from the message's id: a repetition after a crash is the same mail to every program that
    drops duplicates. Mails on one alert refer to one thread, so that firing, climbing and ending stand together.

    Args:
        message: What to tell.
        sender: For `From`; a whole address with its name.
        to: Whole addresses.
        cc: Whole addresses.
        reply_to: Whole addresses.
        headers: More headers that the operator set.
        domain: The sender's, for ids.
        date: When it is sent.
    """
    # `EmailMessage` would be the newer way, but where it folds a line it loses spaces between encoded words.
    mail = MIMEMultipart("alternative")
    line = subject(message)
    mail["Subject"] = Header(line, "us-ascii" if line.isascii() else "utf-8", header_name="Subject").encode()
    mail["From"] = sender
    mail["To"] = ", ".join(to)
    if cc:
        mail["Cc"] = ", ".join(cc)
    if reply_to:
        mail["Reply-To"] = ", ".join(reply_to)
    mail["Date"] = format_datetime(date)
    mail["Message-ID"] = f"<{_digest(message.id)}@{domain}>"
    if message.total == 1:
        event = message.events[0]
        mail["References"] = f"<{_digest(event.rule, *event.key)}.alert@{domain}>"
    # No out-of-office answers (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    if message.severity is Severity.CRITICAL:
        mail["Importance"] = "high"
    for name, value in (headers or {}).items():
        if name not in mail:
            mail[name] = value
    readable = Charset("utf-8")
    readable.body_encoding = QP
    mail.attach(_part(f"{plain_title(message)}\n\n{plain_text(message)}\n", "plain", readable))
    mail.attach(_part(html(message), "html", readable))
    return mail


def _part(text: str, subtype: str, charset: Charset) -> MIMEText:
    # typeshed knows only the name of a charset, which would mean base64.
    part = MIMEText("", subtype, "utf-8")
    del part["Content-Transfer-Encoding"]
    part.set_payload(text, charset)
    return part


def _digest(*parts: str) -> str:
    return sha256("\x00".join(parts).encode(errors="surrogatepass")).hexdigest()[:32]
