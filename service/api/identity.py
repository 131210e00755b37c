"""Who asks, and whether they may: the access that every route states, and the caller that a token makes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from service.api.bearer import NOWHERE, Bearer
from service.errors import Forbidden, NotFound, Unauthenticated
from service.indicators.register import KnownActor, Register
from service.models.address import is_within
from service.models.community import Member
from service.models.vocabulary import SCOPES_OF, Role, Scope, Visibility
from service.records.people import find_person
from service.records.tokens import find_operator_token, find_token, is_in_force


@dataclass(frozen=True, slots=True)
class Access:
    """What a route asks of its callers. `scope`: what their token must be good for; None: any token of the community.

    `observers`: what an observer's must be good for instead; None: the same.
    """

    name: str
    scope: Scope | None = None
    observers: Scope | None = None
    besides: Scope | None = None
    """Another scope that the token must be good for as well."""
    support: bool = False
    public: bool = False
    """Whether those without a token may, where the community is public."""


READ = Access("read", Scope.READ, public=True)
"""Members whose token may read; anyone where the community is public."""
READ_WITHIN = Access("read_within", Scope.READ)
"""Members whose token may read; nobody else, even where the community is public: what single actors sent, and what they owe."""
MEMBER = Access("member")
"""Any token of the community, whatever its scopes: an actor managing its own tokens."""
CONTRIBUTE = Access("contribute", Scope.CONTRIBUTE)
DECIDE = Access("decide", Scope.DECIDE)
COMMENT = Access("comment", Scope.DECIDE, observers=Scope.READ)
"""Tokens that may decide, and those of observers, who have no vote, that may read."""
ERASE = Access("erase", Scope.DECIDE, observers=Scope.READ)
"""As those who comment, and also where the community's work has ended: what people wrote can still go."""
LISTEN = Access("listen", Scope.READ)
"""Members whose token may read, about what tells themselves what happens; also where the community's work has ended."""
ADMINISTER = Access("administer", Scope.ADMINISTER)
SUPPORT = Access("support", Scope.ADMINISTER, support=True)
"""Tokens of the support that may administer."""
EXPORT = Access("export", Scope.ADMINISTER, besides=Scope.READ, support=True)
"""Tokens of the support that may administer and read: whoever takes all of it away reads all of it."""
OPERATOR = Access("operator")
"""Who runs the service; their tokens come from the command line."""
ANYONE = Access("anyone")
"""No token is looked at."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `actor` and `token` are None for a reader without a token of this community, and for operators.

    `scopes`: what the token is good for, as far as the actor's role of today reaches. `is_support`: the actor is the support
    today, whatever the token's scopes. `addresses`: where the token may be used from; None: from anywhere.
    """

    actor: KnownActor | None = None
    token: int | None = None
    scopes: frozenset[str] = frozenset()
    is_support: bool = False
    operator: bool = False
    addresses: tuple[str, ...] | None = None

    @property
    def known_actor(self) -> KnownActor:
        """The actor who asks, on routes that only members reach."""
        if self.actor is None:
            raise Forbidden("not_a_member", "Only members of this community may do this.")
        return self.actor


@dataclass(frozen=True, slots=True)
class Holder:
    """A token that was found and is in force: its community (0: an operator's), its number, actor's number and scopes."""

    community_id: int
    token: int
    actor: int
    scopes: frozenset[str]
    addresses: tuple[str, ...] | None = None


def find_holder(connection: Connection, bearer: Bearer | None, now: datetime, address: str) -> Holder | None:
    """The token presented from `address`, looked up in its own community; None where none was.

    Raises Unauthenticated where it is unknown, revoked or expired: the three are not told apart. Raises Forbidden where it may
    not be used from there. Somebody whom the community does not know holds nothing: a stranger.
    """
    if bearer is None:
        return None
    if bearer.person is not None:
        person = find_person(connection, bearer.community_id, *bearer.person)
        if person is None:
            return Holder(NOWHERE, 0, 0, frozenset())
        return Holder(bearer.community_id, person.number, person.actor, frozenset(person.scopes))
    if bearer.is_operators:
        operator = find_operator_token(connection, bearer.digest)
        if operator is None or operator.number is None or not is_in_force(operator, now):
            raise _invalid()
        return Holder(bearer.community_id, operator.number, 0, frozenset())
    token = find_token(connection, bearer.community_id, bearer.digest)
    if token is None or not is_in_force(token, now):
        raise _invalid()
    if token.addresses is not None and not is_within(address, token.addresses):
        raise Forbidden("address_not_allowed", "This token may not be used from this address.")
    addresses = None if token.addresses is None else tuple(token.addresses)
    return Holder(bearer.community_id, token.number, token.actor, frozenset(token.scopes), addresses)


def admit(access: Access, holder: Holder | None, register: Register | None, day: date) -> Caller:
    """The caller that `holder` is to the community of `register` (None: there is no such community), on `day`.

    Raises Unauthenticated without a token, NotFound to strangers, who are not told of a private community, and Forbidden to
    members, and to strangers of a public community, whose token does not reach that far.
    """
    if access is OPERATOR:
        if holder is None:
            raise _token_needed()
        if holder.community_id != 0:
            raise Forbidden("operator_only", "Only who runs the service may do this, with a token from the command line.")
        return Caller(token=holder.token, operator=True)
    if register is None or holder is None or holder.community_id != register.community_id:
        return _stranger(access, holder, register)
    actor = _by_number(register.actors, holder.actor)
    is_support = actor.member.role is Role.SUPPORT and is_there(actor.member, day)
    role, reach = actor.member.role, reach_of(actor.member, day)
    needed = access.observers if role is Role.OBSERVER and access.observers else access.scope
    if needed is not None and needed not in holder.scopes and not (access.public and _is_public(register)):
        raise _insufficient(needed)
    if access.besides is not None and access.besides not in holder.scopes:
        raise _insufficient(access.besides)
    if access.support and not is_support:
        raise Forbidden("support_only", "Only the support of this community may do this.")
    if needed is not None and needed not in reach:
        raise Forbidden("beyond_role", f"The role `{role}` does not reach `{needed}`.", role=role, scope=needed)
    return Caller(actor, holder.token, holder.scopes & reach, is_support, addresses=holder.addresses)


def _insufficient(needed: Scope) -> Forbidden:
    return Forbidden("insufficient_scope", f"This token was not given the scope `{needed}`.", scope=needed)


def reach_of(member: Member, day: date) -> frozenset[str]:
    """The scopes that the member's role reaches on `day`: who was the support administers nothing any more."""
    reach = SCOPES_OF[member.role]
    return frozenset(map(str, reach if is_there(member, day) else reach - {Scope.ADMINISTER}))


def is_there(member: Member, day: date) -> bool:
    """Whether the member is in the community on `day`."""
    return member.belongs_in(day, day)


def _stranger(access: Access, holder: Holder | None, register: Register | None) -> Caller:
    if register is not None and _is_public(register):
        if access.public:
            return Caller()
        if holder is not None:
            raise Forbidden("not_a_member", "Only members of this community may do this.")
    if holder is None:
        raise _token_needed()
    raise NotFound("unknown_community", "There is no such community, or this token is not for it.")


def _is_public(register: Register) -> bool:
    return register.settings.visibility is Visibility.PUBLIC


def _by_number(actors: Mapping[str, KnownActor], number: int) -> KnownActor:
    return next(actor for actor in actors.values() if actor.number == number)


def _token_needed() -> Unauthenticated:
    return Unauthenticated("token_needed", "A token is needed: `Authorization: Bearer …`.")


def _invalid() -> Unauthenticated:
    return Unauthenticated("invalid_token", "This token is not known, was revoked or has expired.")
