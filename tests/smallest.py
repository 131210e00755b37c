"""What is left of an inquiry that two models answer differently, when all is gone that the difference does not need."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.scenarios import Inquiry

Comparison = Callable[[Inquiry], None]


def smallest(inquiry: Inquiry, comparison: Comparison) -> Inquiry:
    """One that still fails `comparison`, and that passes it if any one more entry, target or question goes."""
    for smaller in _smaller(inquiry):
        if _fails(smaller, comparison):
            return smallest(smaller, comparison)
    return inquiry


def _smaller(inquiry: Inquiry) -> Iterator[Inquiry]:
    evidence = inquiry.evidence
    for place in range(len(inquiry.asked)):
        yield replace(inquiry, asked=inquiry.asked[:place] + inquiry.asked[place + 1 :])
    for place in range(len(inquiry.closes)):
        yield replace(inquiry, closes=inquiry.closes[:place] + inquiry.closes[place + 1 :])
    for place in range(len(evidence.targets)):
        targets = evidence.targets[:place] + evidence.targets[place + 1 :]
        yield replace(inquiry, evidence=replace(evidence, targets=targets))
    for place in range(len(evidence.overlaps)):
        overlaps = evidence.overlaps[:place] + evidence.overlaps[place + 1 :]
        yield replace(inquiry, evidence=replace(evidence, overlaps=overlaps))
    for place in reversed(range(len(evidence.entries))):
        entries = (*evidence.entries[:place], *evidence.entries[place + 1 :])
        yield replace(inquiry, evidence=replace(evidence, entries=entries))


def _fails(inquiry: Inquiry, comparison: Comparison) -> bool:
    # A model that breaks down fails too, unless by an inquiry that makes no sense: a validation of what was never sent.
    try:
        comparison(inquiry)
    except AssertionError:
        return True
    except (KeyError, ValueError):
        return False
    return False


def told(inquiry: Inquiry) -> str:
    """The inquiry, as a person reads it."""
    evidence = inquiry.evidence
    lines = [f"as of {evidence.day}, validation {evidence.charter.validation}, due after {evidence.charter.due_days} days"]
    for version in evidence.versions:
        rules = version.definition
        kind = f"{rules.measure} {rules.nature}, {rules.over_time} over time, {rules.over_actors} over actors"
        kind += f", {rules.over_codes} over codes, {rules.direction}, {rules.frequency}, carried {rules.carry_forward}"
        split = " ".join(f"{dimension.code}={','.join(dimension.codes)}" for dimension in rules.dimensions)
        bridge = None if version.bridge is None else version.bridge.model_dump(mode="json", exclude_none=True)
        lines.append(f"version {version.number} from {rules.effective_from}: {kind}; {split}; {rules.contributors}; {bridge}")
    for entry in evidence.entries:
        numbers = [str(n) for n in (entry.value, entry.numerator, entry.denominator, entry.weight) if n is not None]
        what = f"{entry.kind.name.lower()} {' '.join(numbers)}"
        lines.append(
            f"{entry.journal}: {entry.actor} {entry.period} {dict(entry.cell)} v{entry.version} {what} at {entry.recorded_at}"
        )
    lines += [f"target of v{t.version}: {t.terms.model_dump(mode='json', exclude_none=True)}" for t in evidence.targets]
    for overlap in evidence.overlaps:
        said = overlap.terms.model_dump(mode="json", exclude_none=True)
        lines.append(f"overlap decided at {overlap.decided_at} in v{overlap.version}: {said}")
    for actor, member in evidence.members.items():
        lines.append(f"{actor}: {member.role}, {member.joined} to {member.left}")
    lines += [f"asked: {asked}" for asked in inquiry.asked]
    lines.append(f"progress at {[str(at) for at in inquiry.closes]} of {inquiry.actor}")
    return "\n".join(lines)
