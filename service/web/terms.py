"""Definitions, charters and memberships in words: what their fields are called, and what stands in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from service.indicators.register import Register
from service.web.speech import Speech

_NUMBERS = frozenset({"minimum", "maximum", "factor", "offset", "value", "weight", "numerator_factor", "denominator_factor"})
_SHARES = frozenset({"quorum", "on_track", "at_risk"})
_DAYS = frozenset({"joined", "left"})


@dataclass(frozen=True, slots=True)
class Terms:
    """Says fields in the reader's language; `register` knows what codes are called."""

    speech: Speech
    register: Register

    def indicator(self, code: str) -> str:
        """What an indicator is called last; its code where it is not adopted yet."""
        known = self.register.indicators.get(code)
        return self.speech.text(known.versions[-1].definition.name) if known else code

    def actor(self, code: str) -> str:
        """What an actor is called."""
        known = self.register.actors.get(code)
        return self.speech.text(known.member.name) if known else code

    def objective(self, code: str) -> str:
        """What an objective is called."""
        known = self.register.objectives.get(code)
        return self.speech.text(dict(known.name)) if known else code

    def field(self, name: str) -> str:
        """What a field is called."""
        return field_names(self.speech).get(name, name)

    def fields(self, names: Sequence[str]) -> str:
        """What several are called."""
        return ", ".join(self.field(name) for name in names)

    def lines(self, field: str, value: Any) -> list[str]:
        """What stands in a field, as JSON, in lines; none where nothing does."""
        if value is None or value in ([], {}):
            return []
        if field == "unit":
            return [self.speech.text(value["label"]) + (f" ({value['code']})" if value.get("code") else "")]
        if field == "dimensions":
            return [line for dimension in value for line in self._codes(dimension)]
        if field == "contributors" and isinstance(value, list):
            return [self.actor(code) for code in value]
        if field == "indicators":
            return [f"{self.indicator(one['indicator'])} ({self._plain('weight', one['weight'])})" for one in value]
        if field == "identifiers":
            return [f"{one['scheme']} {one['value']}" for one in value]
        if field == "milestones":
            return [self.point(one) for one in value]
        if isinstance(value, list):
            return [str(one) for one in value]
        return [self._plain(field, value)]

    def point(self, point: Mapping[str, Any]) -> str:
        """A value at the end of a period."""
        return f"{point['period']}: {self.speech.number(Decimal(str(point['value'])))}"

    def _codes(self, dimension: Mapping[str, Any]) -> list[str]:
        name = self.speech.text(dimension.get("name")) or dimension["code"]
        labels = dimension.get("labels") or {}
        return [
            f"{name}: {code}" + (f" ({self.speech.text(labels[code])})" if code in labels else "")
            for code in dimension["codes"]
        ]

    def _plain(self, field: str, value: Any) -> str:
        if isinstance(value, bool):
            return self.speech.say("yes") if value else self.speech.say("no")
        if field in _NUMBERS:
            return self.speech.number(Decimal(str(value)))
        if field in _SHARES:
            return self.speech.share(Decimal(str(value)))
        if field in _DAYS:
            return self.speech.day(date.fromisoformat(str(value)))
        if field == "parent":
            return self.objective(value)
        if field == "baseline":
            return self.point(value)
        if isinstance(value, Mapping):
            return self.speech.text({name: str(text) for name, text in value.items()})
        return word(self.speech, field, str(value))


def word(speech: Speech, field: str, value: str) -> str:
    """What one of a field's choices is called; the value itself where it is no choice."""
    return choices(speech).get(field, {}).get(value, value)


def field_names(speech: Speech) -> dict[str, str]:
    """What fields are called, by their names."""
    say = speech.say
    return {
        "name": say("Name"),
        "unit": say("Unit"),
        "measure": say("What is reported"),
        "nature": say("What it speaks of"),
        "over_time": say("From period to period"),
        "over_actors": say("Over members"),
        "over_codes": say("Over codes"),
        "denominator_over_time": say("Denominators from period to period"),
        "direction": say("Better is"),
        "frequency": say("Reported every"),
        "dimensions": say("Codes"),
        "effective_from": say("In force from"),
        "carry_forward": say("Periods for which a value holds"),
        "minimum": say("At least"),
        "maximum": say("At most"),
        "decimals": say("Decimals shown"),
        "factor": say("Shown times"),
        "contributors": say("Who reports"),
        "level": say("Level"),
        "description": say("Description"),
        "method": say("Method"),
        "limitations": say("Limitations"),
        "sources": say("Sources"),
        "visibility": say("Who reads it"),
        "time_zone": say("Time zone"),
        "charter": say("Charter"),
        "decision_rule": say("How it is decided"),
        "quorum": say("Quorum"),
        "deliberation_days": say("Days to deliberate"),
        "validation": say("Who validates figures"),
        "due_days": say("Days to report in"),
        "on_track": say("On track from"),
        "at_risk": say("At risk from"),
        "show_actor_values": say("Members see each other’s values"),
        "minimum_count": say("Least count shown to the public"),
        "kind": say("Kind"),
        "role": say("Role"),
        "groups": say("Groups"),
        "identifiers": say("Identifiers"),
        "joined": say("Since"),
        "left": say("Until"),
        "parent": say("Under"),
        "weight": say("Weight"),
        "indicators": say("Indicators"),
        "value": say("Value"),
        "baseline": say("Starting point"),
        "milestones": say("Milestones"),
    }


def choices(speech: Speech) -> dict[str, dict[str, str]]:
    """What the choices of fields are called."""
    say = speech.say
    periods = {"sum": say("added up"), "last": say("the last one counts"), "mean": say("the mean")}
    ends = {"max": say("the highest"), "min": say("the lowest")}
    return {
        "measure": {"quantity": say("an amount"), "ratio": say("a numerator over a denominator"), "mean": say("a mean")},
        "nature": {
            "flow": say("what happened in the period"),
            "stock": say("what stood at its end"),
            "cumulative": say("what ran up since the start"),
        },
        "over_time": periods | ends,
        "denominator_over_time": periods,
        "over_actors": ends
        | {
            "sum": say("added up"),
            "mean": say("the mean"),
            "median": say("the median"),
            "single": say("one member’s value"),
            "distinct": say("people, each counted once"),
            "none": say("not put together"),
        },
        "over_codes": {"sum": say("codes add up to the total"), "none": say("not put together")},
        "direction": {"increase": say("more"), "decrease": say("less"), "maintain": say("staying between bounds")},
        "frequency": {
            "A": say("year"), "S": say("half-year"), "Q": say("quarter"), "M": say("month"), "W": say("week"), "D": say("day"),
        },
        "contributors": {"all": say("all members")},
        "level": {
            "input": say("input"), "activity": say("activity"), "output": say("output"), "outcome": say("outcome"),
            "impact": say("impact"),
        },
        "visibility": {"public": say("everybody"), "members": say("members only")},
        "decision_rule": {
            "delegated": say("the support decides"),
            "consent": say("by consent: nobody objects"),
            "majority": say("by majority"),
            "two_thirds": say("by two thirds"),
            "unanimity": say("by unanimity"),
        },
        "validation": {"none": say("nobody has to"), "support": say("the support"), "peer": say("another member")},
        "role": {"support": say("support"), "member": say("member"), "observer": say("observer")},
        "scope": {
            "read": say("reading"), "contribute": say("reporting"), "decide": say("deciding"),
            "administer": say("administering"),
        },
        "stance": {
            "support": say("In favour"), "stand_aside": say("Stands aside"), "object": say("Objects"),
            "abstain": say("Abstains"),
        },
        "status": {
            "open": say("Open"), "adopted": say("Adopted"), "rejected": say("Not adopted"), "withdrawn": say("Withdrawn"),
        },
    }  # fmt: skip
