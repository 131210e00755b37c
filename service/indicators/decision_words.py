"""How a decision reads in words, in every language: which rule it went by, and what it came to."""

from service.indicators.decision import (
    NO_MAJORITY,
    NO_QUORUM,
    NO_VOTERS,
    NOT_DECIDED,
    NOT_UNANIMOUS,
    OBJECTION_STANDS,
)
from service.indicators.settlement import COMMUNITY_CLOSED, DOES_NOT_FIT
from service.models.vocabulary import DecisionRule

_ADOPTED = "adopted"

RULES = {
    DecisionRule.DELEGATED: {"en": "the support decides", "fr": "la structure de soutien décide"},
    DecisionRule.CONSENT: {"en": "consent", "fr": "consentement"},
    DecisionRule.MAJORITY: {"en": "majority", "fr": "majorité"},
    DecisionRule.TWO_THIRDS: {"en": "two thirds", "fr": "deux tiers"},
    DecisionRule.UNANIMITY: {"en": "unanimity", "fr": "unanimité"},
}
"""The rules by their names."""

_SENTENCES = {
    _ADOPTED: {
        "en": "Adopted ({rule}): {supporting} of {voters} in favour, {objecting} against.",
        "fr": "Adoptée ({rule}) : {supporting} pour sur {voters}, {objecting} contre.",
    },
    NO_VOTERS: {
        "en": "Not adopted ({rule}): nobody had a vote on the day it was opened.",
        "fr": "Non adoptée ({rule}) : personne n’avait de voix le jour de l’ouverture.",
    },
    NO_QUORUM: {
        "en": "Not adopted ({rule}): {taken} of {voters} took a position, fewer than the quorum of {quorum} %, or one alone.",
        "fr": "Non adoptée ({rule}) : {taken} position(s) sur {voters} voix, moins que le quorum de {quorum} %, ou une seule.",
    },
    OBJECTION_STANDS: {
        "en": "Not adopted ({rule}): {objecting} of {voters} object.",
        "fr": "Non adoptée ({rule}) : {objecting} objection(s) sur {voters} voix.",
    },
    NO_MAJORITY: {
        "en": "Not adopted ({rule}): {supporting} of {voters} in favour, {objecting} against.",
        "fr": "Non adoptée ({rule}) : {supporting} pour sur {voters}, {objecting} contre.",
    },
    NOT_UNANIMOUS: {
        "en": "Not adopted ({rule}): {supporting} of {voters} in favour.",
        "fr": "Non adoptée ({rule}) : {supporting} pour sur {voters}.",
    },
    NOT_DECIDED: {
        "en": "Not adopted ({rule}): the support did not take it up.",
        "fr": "Non adoptée ({rule}) : la structure de soutien ne s’en est pas saisie.",
    },
    DOES_NOT_FIT: {
        "en": "Carried ({rule}), and not adopted: it no longer fits what was decided since. It can be amended.",
        "fr": "Approuvée ({rule}), mais non adoptée : elle ne s’accorde plus avec ce qui a été décidé depuis. "
        "Elle peut être amendée.",
    },
    COMMUNITY_CLOSED: {
        "en": "Lapsed: the community ended its work while it was open.",
        "fr": "Caduque : la communauté a cessé ses travaux avant la décision.",
    },
}


def decision_reading(rule: DecisionRule, reason: str | None, counts: dict[str, object]) -> dict[str, str]:
    """One sentence by language. `reason` None: it is adopted.

    `counts`: voters, taken, supporting, objecting, and the quorum in percent.
    """
    sentences = _SENTENCES[reason or _ADOPTED]
    return {language: sentence.format(rule=RULES[rule][language], **counts) for language, sentence in sentences.items()}
