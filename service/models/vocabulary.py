"""The enumerations of `MODEL.md` and `API.md`, spelled as they travel."""

from enum import IntEnum, StrEnum


class MeasureKind(StrEnum):
    """What one contribution carries."""

    QUANTITY = "quantity"
    RATIO = "ratio"
    MEAN = "mean"


class Nature(StrEnum):
    """Happened in the period, stood at its end, or ran up since the start."""

    FLOW = "flow"
    STOCK = "stock"
    CUMULATIVE = "cumulative"


class OverTime(StrEnum):
    """How one actor's shorter periods make a longer one."""

    SUM = "sum"
    LAST = "last"
    MEAN = "mean"
    MAX = "max"
    MIN = "min"


class OverActors(StrEnum):
    """How the actors' values make the community's."""

    SUM = "sum"
    MEAN = "mean"
    MEDIAN = "median"
    MAX = "max"
    MIN = "min"
    SINGLE = "single"
    DISTINCT = "distinct"
    NONE = "none"


class OverCodes(StrEnum):
    """Whether the parts of a dimension make its total."""

    SUM = "sum"
    NONE = "none"


class DenominatorOverTime(StrEnum):
    """How a ratio's denominator makes a longer period."""

    SUM = "sum"
    LAST = "last"


class OverlapMethod(StrEnum):
    """What an overlap decision takes for the value between two ends: the highest, the lowest, or an agreed number."""

    SUM = "sum"
    MAX = "max"
    AGREED = "agreed"


class Direction(StrEnum):
    """Where better lies."""

    INCREASE = "increase"
    DECREASE = "decrease"
    MAINTAIN = "maintain"


class Frequency(StrEnum):
    """Reporting period, SDMX letters."""

    ANNUAL = "A"
    HALF_YEARLY = "S"
    QUARTERLY = "Q"
    MONTHLY = "M"
    WEEKLY = "W"
    DAILY = "D"


class Level(StrEnum):
    """Place in the chain of results."""

    INPUT = "input"
    ACTIVITY = "activity"
    OUTPUT = "output"
    OUTCOME = "outcome"
    IMPACT = "impact"


class BridgeKind(StrEnum):
    """How values under the version before read under this one."""

    EDITORIAL = "editorial"
    CONVERSION = "conversion"
    BREAK = "break"


class Role(StrEnum):
    """What an actor is in a community."""

    SUPPORT = "support"
    MEMBER = "member"
    OBSERVER = "observer"


class Scope(StrEnum):
    """What a token may be used for."""

    READ = "read"
    CONTRIBUTE = "contribute"
    DECIDE = "decide"
    ADMINISTER = "administer"


SCOPES_OF: dict[Role, frozenset[Scope]] = {
    Role.SUPPORT: frozenset(Scope),
    Role.MEMBER: frozenset({Scope.READ, Scope.CONTRIBUTE, Scope.DECIDE}),
    Role.OBSERVER: frozenset({Scope.READ}),
}
"""How far a role reaches: what no token of such an actor can be used for beyond it, whatever scopes it was given."""


class Visibility(StrEnum):
    """Who reads a community without a token."""

    PUBLIC = "public"
    MEMBERS = "members"


class DecisionRule(StrEnum):
    """How a proposal is decided."""

    DELEGATED = "delegated"
    CONSENT = "consent"
    MAJORITY = "majority"
    TWO_THIRDS = "two_thirds"
    UNANIMITY = "unanimity"


class Validation(StrEnum):
    """Who has to validate a contribution before it counts."""

    NONE = "none"
    SUPPORT = "support"
    PEER = "peer"


class ObservationStatus(StrEnum):
    """SDMX CL_OBS_STATUS; kept and handed on, never computed with."""

    NORMAL = "A"
    TIME_SERIES_BREAK = "B"
    DEFINITION_DIFFERS = "D"
    ESTIMATED = "E"
    FORECAST = "F"
    EXPERIMENTAL = "G"
    MISSING_HOLIDAY = "H"
    IMPUTED = "I"
    DEROGATION = "J"
    INCLUDED_ELSEWHERE = "K"
    MISSING_NOT_COLLECTED = "L"
    MISSING_CANNOT_EXIST = "M"
    NOT_SIGNIFICANT = "N"
    MISSING = "O"
    PROVISIONAL = "P"
    MISSING_SUPPRESSED = "Q"
    STRIKE = "S"
    LOW_RELIABILITY = "U"
    UNVALIDATED = "V"


class EntryKind(IntEnum):
    """What a ledger entry does to its key."""

    REPORT = 1
    WITHDRAWAL = 2
    VALIDATION = 3
    CONTEST = 4


class ProposalStatus(StrEnum):
    """Where a proposal stands."""

    OPEN = "open"
    ADOPTED = "adopted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Stance(StrEnum):
    """An actor's position on a proposal."""

    SUPPORT = "support"
    STAND_ASIDE = "stand_aside"
    OBJECT = "object"
    ABSTAIN = "abstain"


class ReviewStatus(StrEnum):
    """Where a review stands."""

    OPEN = "open"
    CLOSED = "closed"


class UploadStatus(StrEnum):
    """Where an import stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    REJECTED = "rejected"
    FAILED = "failed"
    UNDONE = "undone"
