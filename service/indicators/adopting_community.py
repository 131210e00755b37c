"""The charter, the members and the tree of objectives, in a draft of the register."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from service.errors import Fault
from service.indicators.draft import Draft
from service.indicators.plan import IndicatorPlaced, MemberSet, ObjectiveSet, SettingsSet
from service.indicators.register import KnownActor, KnownObjective
from service.models.community import Charter, Member, Settings
from service.models.objective import ROOT
from service.models.proposal import CloseCommunity, PlacedIndicator, SetCharter, SetMembership, SetObjective
from service.models.text import spoken
from service.models.vocabulary import Role


def settings_faults(settings: Settings) -> list[Fault]:
    """What makes settings or a charter illegal, with pointers into the settings."""
    faults = []
    try:
        ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        faults.append(
            Fault("unknown_time_zone", "`time_zone` is an IANA name like Europe/Paris", pointer="/time_zone", suggestion="UTC")
        )
    return faults + [replace(fault, pointer=f"/charter{fault.pointer}") for fault in _charter_faults(settings.charter)]


def _charter_faults(charter: Charter) -> list[Fault]:
    faults = [
        Fault("not_a_share", f"`{name}` is a share between 0 and 1", pointer=f"/{name}", context={"name": name})
        for name in ("quorum", "on_track", "at_risk")
        if not 0 <= getattr(charter, name) <= 1
    ]
    if charter.at_risk > charter.on_track:
        faults.append(Fault("thresholds_crossed", "`at_risk` is above `on_track`", pointer="/at_risk"))
    return faults


def set_charter(draft: Draft, change: SetCharter) -> None:
    """Changes the charter and what the community says of itself; what is left out stays."""
    given = {name for name in change.model_fields_set if getattr(change, name) is not None} - {"kind", "charter"}
    update = {name: getattr(change, name) for name in given}
    if "name" in update:
        update["name"] = spoken(update["name"], draft.language)
    if change.charter is not None:
        chosen = {name: getattr(change.charter, name) for name in change.charter.model_fields_set}
        update["charter"] = draft.settings.charter.model_copy(update={n: v for n, v in chosen.items() if v is not None})
    settings = draft.settings.model_copy(update=update)
    if not draft.take_faults(settings_faults(settings)):
        draft.settings = settings
        draft.steps.append(SettingsSet(settings))


def close_community(draft: Draft, change: CloseCommunity) -> None:
    """Ends the community's work."""
    draft.settings = draft.settings.model_copy(update={"closed": True})
    draft.steps.append(SettingsSet(draft.settings))


def set_membership(draft: Draft, change: SetMembership) -> None:
    """Lets an actor in, changes what is known of it, or lets it leave. `joined` and `left` given as null are cleared."""
    known = draft.actors.get(change.actor)
    given = {name: getattr(change.membership, name) for name in change.membership.model_fields_set}
    for name in ("joined", "left"):
        if given.get(name) is not None:
            try:
                given[name] = date.fromisoformat(given[name])
            except ValueError:
                draft.blame("not_a_day", "a day is written 2025-03-05", f"/membership/{name}")
                return
    if given.get("name") is not None:
        given["name"] = spoken(given["name"], draft.language)
    given = {name: value for name, value in given.items() if value is not None or name in ("joined", "left")}
    if known is None:
        missing = [name for name in ("name", "kind") if name not in given]
        for name in missing:
            draft.blame("missing", f"a new actor needs `{name}`", f"/membership/{name}", field=name)
        if missing:
            return
        member = Member.model_construct(
            **{"role": Role.MEMBER, "groups": [], "identifiers": [], "joined": None, "left": None} | given
        )
    else:
        member = known.member.model_copy(update=given)
    if member.joined is not None and member.left is not None and member.joined > member.left:
        draft.blame("left_before_joined", "`left` lies before `joined`", "/membership/left")
        return
    draft.actors[change.actor] = KnownActor(known.number if known else 0, change.actor, member)
    draft.steps.append(MemberSet(change.actor, member, is_new=known is None))


def set_objective(draft: Draft, change: SetObjective) -> None:
    """Creates, renames, moves, weighs or removes an objective, and hangs indicators under it."""
    known = draft.objectives.get(change.objective)
    if known is not None and known.removed:
        draft.blame(
            "code_taken", f"`{change.objective}` was removed; its code is not used again", "/objective", given=change.objective
        )
        return
    if known is None and change.name is None:
        draft.blame("missing", "a new objective needs a `name`", "/name", field="name")
        return
    parent = change.parent or (known.parent if known else ROOT)
    if change.objective == ROOT and (change.parent is not None or change.removed):
        draft.blame("root_stays", "the common objective is the root: it is neither moved nor removed", "/objective")
        return
    if parent is not None and not _is_legal_parent(draft, change.objective, parent):
        return
    weight = change.weight if change.weight is not None else (known.weight if known else Decimal(1))
    if weight <= 0:
        draft.blame("weight_not_positive", "a weight is above 0", "/weight")
        return
    name = spoken(change.name, draft.language) if change.name is not None else known.name if known else {}
    draft.objectives[change.objective] = KnownObjective(
        known.number if known else 0, change.objective, name, parent, weight, change.removed
    )
    draft.steps.append(ObjectiveSet(change.objective, name, parent, weight, change.removed, is_new=known is None))
    for place, placed in enumerate(change.indicators or ()):
        _place(draft, change.objective, placed, place)


def _is_legal_parent(draft: Draft, objective: str, parent: str) -> bool:
    if draft.known_objective(parent, "/parent") is None:
        return False
    above: str | None = parent
    while above is not None:
        if above == objective:
            draft.blame("objective_in_itself", f"`{objective}` would lie below itself", "/parent", objective=objective)
            return False
        above = draft.objectives[above].parent
    return True


def _place(draft: Draft, objective: str, placed: PlacedIndicator, place: int) -> None:
    at = f"/indicators/{place}"
    known = draft.indicators.get(placed.indicator)
    if known is None or known.retired:
        draft.blame(
            "unknown_indicator", f"there is no indicator `{placed.indicator}`", f"{at}/indicator", indicator=placed.indicator
        )
    elif placed.weight <= 0:
        draft.blame("weight_not_positive", "a weight is above 0", f"{at}/weight")
    else:
        draft.indicators[placed.indicator] = replace(known, objective=objective, weight=placed.weight)
        draft.steps.append(IndicatorPlaced(placed.indicator, objective, placed.weight, retired=False))


def check_whole(draft: Draft) -> None:
    """What no single change shows: objectives removed from above something, a community left without support."""
    for code, objective in draft.objectives.items():
        if not objective.removed or draft.before.objectives.get(code) == objective:
            continue
        below = [o.code for o in draft.objectives.values() if o.parent == code and not o.removed]
        below += [i.code for i in draft.indicators.values() if i.objective == code and not i.retired]
        if below:
            named = ", ".join(sorted(below)[:3])
            draft.blame(
                "objective_not_empty",
                f"`{code}` still holds {named}: move or retire them first",
                "",
                objective=code,
                below=named,
            )
    if not any(actor.member.role is Role.SUPPORT and actor.member.left is None for actor in draft.actors.values()):
        draft.blame("last_support", "the last support actor cannot leave or change its role: name another first", "")
