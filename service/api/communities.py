"""Communities: founded by who runs the service, changed by their support."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from service.api.actors import ActorAnswer, actor_answer
from service.api.adopting import adopt
from service.api.answering import require_current
from service.api.identity import OPERATOR, READ, SUPPORT
from service.api.routing import Resource
from service.api.token_terms import LIFE_DAYS
from service.api.transaction import Acting, Asking, Operating
from service.api.welcoming import give_token
from service.errors import Conflict, Fault, Refused
from service.indicators.adopting_community import settings_faults
from service.indicators.register import Register
from service.models.community import Charter, Member, Settings
from service.models.measure import Measure
from service.models.objective import ROOT
from service.models.proposal import CommunityChange, SetCharter
from service.models.text import Body, Code, Label, Texts, spoken
from service.models.vocabulary import DecisionRule, Role, Visibility
from service.records.founding import create_community as found
from service.records.register import Registers

router = Resource("communities", prefix="/v1/communities")


class SupportBody(Body):
    """The actor that runs the shared evaluation for the others."""

    code: Code
    name: Texts
    kind: Label


class CommunityBody(Body):
    """A community as it is founded."""

    code: Code
    name: Texts
    objective: Annotated[Texts, Field(description="The common objective: the name of the root of the tree, `common`.")]
    language: Annotated[str, Field(pattern="^(en|fr)$", description="Of texts that are given as a bare string.")] = "en"
    visibility: Visibility = Visibility.MEMBERS
    time_zone: Annotated[str, Field(min_length=1, max_length=64, description="IANA; days are the community's.")] = "UTC"
    charter: Charter = Field(default_factory=Charter)
    support: SupportBody


class CharterAnswer(BaseModel):
    """The rules a community gave itself. Shares are between 0 and 1, days whole."""

    decision_rule: str = Field(description="Open list; today `delegated`, `consent`, `majority`, `two_thirds` or `unanimity`.")
    quorum: Measure = Field(
        description="Share of the voting actors that must take a position: two of them at least, unless there is one."
    )
    deliberation_days: int = Field(description="For how long a proposal is open.")
    validation: str = Field(
        description="Who validates before a contribution counts. Open list; today `none`, `support` or `peer`."
    )
    due_days: int = Field(description="How many days after its end a period is due.")
    on_track: Measure = Field(description="From which share of what is expected on the status is `on_track`.")
    at_risk: Measure = Field(description="From which share of what is expected on the status is `at_risk`.")
    show_actor_values: bool = Field(description="Whether members see each other's values.")
    minimum_count: int


class CommunityAnswer(BaseModel):
    """A community as it stands."""

    code: str
    name: dict[str, str] = Field(description="By language.")
    objective: dict[str, str] = Field(description="The common objective, by language: the name of the root, `common`.")
    language: str
    visibility: str = Field(description="Open list; today `public` or `members`.")
    time_zone: str
    closed: bool = Field(description="Whether it has ended its work: it is read, and written no more.")
    charter: CharterAnswer
    support: ActorAnswer | None = Field(description="The support, of several the first; null where all have left.")


class CommunityCreated(CommunityAnswer):
    """A community that was just founded."""

    token: str | None = Field(
        description=f"The support's first token, with every scope; it ends in {LIFE_DAYS} days. "
        "Shown once: null when the answer is replayed."
    )


@router.post("", access=OPERATOR, shows_token=True)
def create_community(body: CommunityBody, operating: Operating) -> CommunityCreated:
    """Founds a community with its support actor and a root objective; the support's first token is in `token`, once."""
    settings = Settings(
        name=spoken(body.name, body.language),
        language=body.language,
        visibility=body.visibility,
        time_zone=body.time_zone,
        charter=body.charter,
    )
    _refuse(settings_faults(settings))
    founded = found(
        operating.connection,
        code=body.code,
        settings=settings,
        objective=spoken(body.objective, body.language),
        support_code=body.support.code,
        support=Member(name=spoken(body.support.name, body.language), kind=body.support.kind, role=Role.SUPPORT),
        now=operating.now,
    )
    token = give_token(operating.connection, founded.community_id, founded.support, operating.now)
    register = Registers().read(operating.connection, founded.community_id, founded.entry.number)
    return CommunityCreated(**_answer(register).model_dump(), token=token)


@router.get("/{community}", access=READ, etag=True)
def get_community(asking: Asking) -> CommunityAnswer:
    """What the community says of itself, and its charter."""
    return _answer(asking.register)


@router.patch("/{community}", access=SUPPORT)
def update_community(body: CommunityChange, acting: Acting) -> CommunityAnswer:
    """Changes what the community says of itself, and its charter, where the rule is `delegated`; elsewhere a proposal does."""
    require_current(acting.request, _answer(acting.register))
    if acting.register.settings.charter.decision_rule is not DecisionRule.DELEGATED:
        raise Conflict("charter_by_proposal", "This community decides together: its charter is changed by a proposal.")
    change = SetCharter.model_validate({"kind": "set_charter", **body.model_dump(exclude_unset=True)})
    return _answer(adopt(acting, change, "community_changed", {"fields": sorted(body.model_fields_set)}))


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        raise Refused(faults[0].code, faults[0].detail, faults=tuple(faults), **faults[0].context)


def _answer(register: Register) -> CommunityAnswer:
    settings = register.settings
    support = [actor for actor in register.actors.values() if actor.member.role is Role.SUPPORT and actor.member.left is None]
    return CommunityAnswer(
        code=register.code,
        name=settings.name,
        objective=dict(register.objectives[ROOT].name),
        language=settings.language,
        visibility=settings.visibility,
        time_zone=settings.time_zone,
        closed=settings.closed,
        charter=CharterAnswer(**settings.charter.model_dump()),
        support=actor_answer(min(support, key=lambda actor: actor.number)) if support else None,
    )
