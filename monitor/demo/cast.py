"""Who is in the demo: company names, budgets, and what each has spent and is going to spend. Data only."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One customer of the demo. Money is USD, seconds count from the start of the story.

    Attributes:
        customer_identifier: As the API shows it.
        name: Company or person; None: never told.
        email: Where to reach them.
        environment: prod or test.
        age_days: How long ago its first request came.
        lifetime: Spent until the start of the story.
        hourly: Spent an hour, once its course has ended.
        every: Seconds from one request to the next.
        budget: For one period.
        duration: daily, weekly, monthly, yearly.
        used: Spent of the budget until the start of the story.
        period_age: How long ago the period began.
        total_budget: For all time.
        course: (seconds, spent since the start), what happens to it in the story; between them it spends evenly.
        raised: (seconds, new period budget).
        spaced_timestamps: Whether its timestamps come in the API's other form.
    """

    customer_identifier: str
    name: str | None
    email: str | None = None
    environment: str = "prod"
    age_days: int = 200
    lifetime: float
    hourly: float
    every: float = 5.0
    budget: float | None = None
    duration: str = "monthly"
    used: float = 0.0
    period_age: timedelta = timedelta(days=11)
    total_budget: float | None = None
    course: tuple[tuple[float, float], ...] = ()
    raised: tuple[float, float] | None = None
    spaced_timestamps: bool = False


CLIMBS = Member(
    customer_identifier="nimbus-robotics",
    name="Nimbus Robotics",
    email="platform@nimbusrobotics.example",
    age_days=420,
    lifetime=18_340.20,
    hourly=45.0,
    every=0.8,
    budget=2_000.0,
    used=880.0,
    course=((20, 120.0), (50, 720.0), (85, 1_120.0), (120, 1_260.0)),
)
"""Passes half of its budget at 20 s, 80 % at 50 s, all of it at 85 s."""

UNBUDGETED = Member(
    customer_identifier="pocket-linguist",
    name="Pocket Linguist",
    email="hello@pocketlinguist.example",
    age_days=34,
    lifetime=471.0,
    hourly=12.0,
    every=0.9,
    course=((35, 29.0), (120, 74.0)),
    spaced_timestamps=True,
)
"""Has no budget, and has spent 500 USD at 35 s."""

ROLLS_OVER = Member(
    customer_identifier="tidepool-games",
    name="Tidepool Games",
    email="ops@tidepool.example",
    age_days=63,
    lifetime=1_912.40,
    hourly=2.4,
    every=2.0,
    budget=60.0,
    duration="daily",
    used=55.2,
    period_age=timedelta(days=1) - timedelta(seconds=60),
    course=((60, 0.9), (120, 1.5)),
)
"""At 92 % of the day's budget when the day ends, at 60 s."""

RAISED = Member(
    customer_identifier="harbor-and-finch",
    name="Harbor & Finch Legal",
    email="it@harborfinch.example",
    age_days=150,
    lifetime=1_460.75,
    hourly=4.0,
    every=1.5,
    budget=250.0,
    used=238.5,
    course=((75, 3.0), (120, 4.5)),
    raised=(75, 750.0),
)
"""At 95 % of its budget, which is raised threefold at 75 s."""

TESTED = Member(
    customer_identifier="checkout-e2e",
    name="Checkout end-to-end",
    email="qa@lumenpay.example",
    environment="test",
    age_days=48,
    lifetime=96.30,
    hourly=0.6,
    every=1.0,
    budget=5.0,
    duration="daily",
    used=2.05,
    period_age=timedelta(hours=9),
    course=((25, 0.45), (65, 1.95), (120, 2.4)),
)
"""In test, with 5 USD a day: passes half of them at 25 s, 80 % at 65 s."""

LEADS = (CLIMBS, UNBUDGETED, ROLLS_OVER, RAISED, TESTED)

# Above a level when the daemon first looks.
_FOUND_AT_START = (
    Member(customer_identifier="meridian-health", name="Meridian Health", email="ai-team@meridianhealth.example",
           age_days=290, lifetime=5_204.10, hourly=1.9, budget=400.0, duration="weekly", used=335.0,
           period_age=timedelta(days=5)),
    Member(customer_identifier="brightpath-schools", name="Brightpath Schools", email="admin@brightpath.example",
           age_days=88, lifetime=212.90, hourly=0.2, every=11.0, budget=120.0, used=66.0),
    Member(customer_identifier="atlas-freight", name="Atlas Freight", email="dispatch@atlasfreight.example",
           age_days=510, lifetime=9_870.0, hourly=1.4, budget=900.0, used=972.0, period_age=timedelta(days=23),
           spaced_timestamps=True),
    Member(customer_identifier="cedar-analytics", name="Cedar Analytics", email="data@cedaranalytics.example",
           age_days=120, lifetime=930.0, hourly=0.3, budget=300.0, used=88.0, total_budget=1_000.0),
    Member(customer_identifier="user_8842", name=None, email="mara.lindqvist@mail.example",
           age_days=75, lifetime=641.30, hourly=0.5, every=9.0),
)  # fmt: skip

# Their lifetime spend is far above the budget of one period, of which they have used less than half: nothing to say.
_QUIET = (
    Member(customer_identifier="user_123", name="John Doe", email="john@example.com", age_days=75,
           lifetime=523.45, hourly=0.02, every=40.0, budget=100.0, used=45.67, total_budget=1_000.0),
    Member(customer_identifier="northwind-insurance", name="Northwind Insurance", email="cloud@northwindins.example",
           age_days=640, lifetime=48_210.66, hourly=3.4, every=1.3, budget=2_500.0, used=1_120.0),
    Member(customer_identifier="kestrel-travel", name="Kestrel Travel", email="dev@kestrel.example",
           age_days=380, lifetime=7_731.05, hourly=0.6, budget=75.0, duration="daily", used=21.4,
           period_age=timedelta(hours=6)),
    Member(customer_identifier="opal/retail eu", name="Opal Retail Europe", email="eu@opalretail.example",
           age_days=330, lifetime=12_044.0, hourly=1.1, budget=650.0, duration="weekly", used=241.5,
           period_age=timedelta(days=3), spaced_timestamps=True),
    Member(customer_identifier="søren@fjordbank.example", name="Fjordbank", email="søren@fjordbank.example",
           age_days=450, lifetime=30_500.0, hourly=2.2, budget=24_000.0, duration="yearly", used=9_800.0,
           period_age=timedelta(days=170)),
    Member(customer_identifier="nightly-regression", name="Nightly regression", email="qa@lumenpay.example",
           environment="test", age_days=210, lifetime=388.0, hourly=0.05, every=20.0, budget=40.0, used=12.3),
)  # fmt: skip

# Young or small beside their budget: decided without a closer look.
_WELL_WITHIN = (
    Member(customer_identifier="vantage-motors", name="Vantage Motors", email="ml@vantagemotors.example",
           age_days=160, lifetime=31_870.0, hourly=7.5, every=0.7, budget=120_000.0, duration="yearly", used=31_870.0,
           period_age=timedelta(days=160)),
    Member(customer_identifier="juniper-biotech", name="Juniper Biotech", email="research@juniperbio.example",
           age_days=21, lifetime=1_310.0, hourly=2.8, every=1.7, budget=5_000.0, used=720.0),
    Member(customer_identifier="lumenpay", name="Lumen Pay", email="platform@lumenpay.example",
           age_days=19, lifetime=684.0, hourly=1.5, every=3.0, budget=3_000.0, used=402.0),
    Member(customer_identifier="copperfield-press", name="Copperfield Press", email="desk@copperfield.example",
           age_days=14, lifetime=37.2, hourly=0.1, every=15.0, budget=150.0, used=31.0),
    Member(customer_identifier="orchard-and-co", name="Orchard & Co", email="team@orchard.example",
           age_days=9, lifetime=18.9, hourly=0.08, every=25.0, budget=80.0, duration="weekly", used=11.2,
           period_age=timedelta(days=4)),
    Member(customer_identifier="stellar-support", name="Stellar Support", email="bots@stellarsupport.example",
           age_days=30, lifetime=2_140.0, hourly=4.4, every=1.1, budget=9_000.0, used=1_205.0),
    Member(customer_identifier="greenline-energy", name="Greenline Energy", email="grid@greenline.example",
           age_days=12, lifetime=96.0, hourly=0.4, every=8.0, budget=400.0, used=90.0, spaced_timestamps=True),
    Member(customer_identifier="smoke-tests", name="Smoke tests", email="qa@lumenpay.example",
           environment="test", age_days=90, lifetime=3.1, hourly=0.01, every=60.0, budget=10.0, used=0.7),
)  # fmt: skip

# Without a budget, and below what is worth a word.
_UNBUDGETED_AND_SMALL = tuple(
    Member(customer_identifier=identifier, name=name, email=email, age_days=age, lifetime=lifetime, hourly=hourly,
           every=every)
    for identifier, name, email, age, lifetime, hourly, every in (
        ("acorn-notes", "Acorn Notes", "founder@acornnotes.example", 51, 83.12, 0.3, 12.0),
        ("basalt-studio", "Basalt Studio", "studio@basalt.example", 17, 12.45, 0.1, 30.0),
        ("clearwater-hr", "Clearwater HR", "it@clearwaterhr.example", 96, 301.7, 0.9, 6.0),
        ("dovetail-crm", "Dovetail CRM", "dev@dovetail.example", 133, 420.05, 0.7, 7.0),
        ("ember-kitchen", "Ember Kitchen", "chef@emberkitchen.example", 8, 2.31, 0.05, 45.0),
        ("foxglove-media", "Foxglove Media", "news@foxglove.example", 44, 156.9, 0.6, 9.0),
        ("granite-gov", "Granite Civic", "digital@granitecivic.example", 61, 244.0, 0.8, 8.0),
        ("hollow-pine", "Hollow Pine Outfitters", "web@hollowpine.example", 27, 40.4, 0.2, 18.0),
        ("indigo-tutors", "Indigo Tutors", "teach@indigotutors.example", 39, 118.6, 0.5, 10.0),
        ("jasper-realty", "Jasper Realty", None, 72, 199.99, 0.4, 13.0),
        ("keystone-labs", "Keystone Labs", "lab@keystone.example", 5, 6.66, 0.2, 22.0),
        ("larkspur-events", "Larkspur Events", "hi@larkspur.example", 83, 71.0, 0.1, 35.0),
        ("mosaic-finance", "Mosaic Finance", "quant@mosaicfin.example", 110, 388.8, 0.9, 5.0),
        ("user_2071", "Noor Haddad", "noor@mail.example", 3, 0.84, 0.02, 55.0),
        ("user_5519", None, None, 2, 0.07, 0.01, 58.0),
        ("パンダ翻訳", "Panda Translations", "info@panda-translations.example", 58, 267.3, 0.6, 9.0),
        ("quarry-insights", "Quarry Insights", "ask@quarry.example", 29, 52.1, 0.3, 14.0),
        ("rosewood-clinic", "Rosewood Clinic", "desk@rosewood.example", 36, 91.4, 0.2, 16.0),
    )
)  # fmt: skip

_DEVELOPERS = (
    Member(customer_identifier="dev-sandbox", name="Developers' sandbox", email="dev@lumenpay.example",
           environment="test", age_days=240, lifetime=142.8, hourly=0.3, every=6.0),
    Member(customer_identifier="user_123", name="John Doe", email="john@example.com",
           environment="test", age_days=70, lifetime=8.05, hourly=0.01, every=50.0),
)  # fmt: skip

CAST = (*LEADS, *_FOUND_AT_START, *_QUIET, *_WELL_WITHIN, *_UNBUDGETED_AND_SMALL, *_DEVELOPERS)
"""Everybody: about 40 in prod, a few in test."""
