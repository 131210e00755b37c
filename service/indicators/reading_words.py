"""The sentences that figures and progress are told in, English and French, each written whole."""

MISSING = {
    "no_such_grain": (
        "No value: what was reported is split in ways that do not make a total.",
        "Pas de valeur : ce qui a été déclaré est ventilé d'une façon qui ne fait pas un total.",
    ),
    "zero_denominator": (
        "No value: the denominators add up to zero.",
        "Pas de valeur : les dénominateurs font zéro au total.",
    ),
    "no_total_over_actors": (
        "No value for the community: actors' values stand side by side, they are not combined.",
        "Pas de valeur pour la communauté : les valeurs des acteurs se lisent côte à côte, elles ne se combinent pas.",
    ),
    "not_started": ("No value yet: the period has not begun.", "Pas encore de valeur : la période n'a pas commencé."),
    "too_few_actors": (
        "The value is not shown: it rests on fewer than three actors, whose values this community keeps to themselves.",
        "La valeur n'est pas montrée : elle repose sur moins de trois acteurs, dont les valeurs restent à eux seuls.",
    ),
    "suppressed": (
        "The value is not shown: it is a small count, or one could be worked out from it.",
        "La valeur n'est pas montrée : c'est un petit nombre, ou elle permettrait d'en déduire un.",
    ),
    "not_published": (
        "The value is not published: only closed periods are, one reporting period or calendar year at a time.",
        "La valeur n'est pas publiée : seules le sont les périodes closes, une période de déclaration ou une année à la fois.",
    ),
}
UNJUDGED = {
    "no_target": ("No target is set.", "Aucune cible n'est fixée."),
    "baseline_required": (
        "Without a baseline nobody can say how much of the way to {target} is done.",
        "Sans valeur de départ, on ne peut pas dire quelle part du chemin vers {target} est faite.",
    ),
    "no_starting_point": (
        "{attainment} of the way to {target} by the end of {period}; without a start nobody can say how much to expect by now.",
        "{attainment} du chemin vers {target} à la fin de {period} ; sans départ, on ignore combien attendre à ce jour.",
    ),
    "period_running": (
        "Whether it stays within {target} is known when {period} is over.",
        "On saura si la valeur reste dans {target} quand {period} sera finie.",
    ),
    "target_equals_baseline": (
        "The target {target} is where it started: there is no way to measure.",
        "La cible {target} est la valeur de départ : il n'y a pas de chemin à mesurer.",
    ),
    "too_few_actors": (
        "How much of the way is done is not shown: it would tell what single actors reported.",
        "La part du chemin parcourue n'est pas montrée : elle dirait ce que des acteurs ont déclaré.",
    ),
    "suppressed": ("Not judged: the value is not shown.", "Pas jugé : la valeur n'est pas montrée."),
    "not_published": (
        "How much of the way is done is not published.",
        "La part du chemin parcourue n'est pas publiée.",
    ),
    "target_against_direction": (
        "The target {target} lies on the wrong side of the baseline: it cannot be judged.",
        "La cible {target} est du mauvais côté de la valeur de départ : on ne peut pas juger.",
    ),
}
JUDGED = {
    "achieved": (
        "The target {target} by the end of {period} is reached.",
        "La cible {target} à la fin de {period} est atteinte.",
    ),
    "missed": ("The target {target} by the end of {period} was missed.", "La cible {target} à la fin de {period} est manquée."),
    "on_track": (
        "On track: {attainment} of the way to {target} by the end of {period}, {expected} expected by now.",
        "En bonne voie : {attainment} du chemin vers {target} à la fin de {period}, {expected} attendus à ce jour.",
    ),
    "at_risk": (
        "At risk: {attainment} of the way to {target} by the end of {period}, {expected} expected by now.",
        "À surveiller : {attainment} du chemin vers {target} à la fin de {period}, {expected} attendus à ce jour.",
    ),
    "off_track": (
        "Off track: {attainment} of the way to {target} by the end of {period}, {expected} expected by now.",
        "En retard : {attainment} du chemin vers {target} à la fin de {period}, {expected} attendus à ce jour.",
    ),
    "not_assessed": ("Not judged yet.", "Pas encore jugé."),
}
MAINTAINED = {
    "on_track": ("On track: within {target}.", "En bonne voie : dans {target}."),
    "off_track": ("Off track: outside {target}.", "Hors des bornes : en dehors de {target}."),
    "achieved": ("It stayed within {target}.", "La valeur est restée dans {target}."),
    "missed": ("It ended outside {target}.", "La valeur a fini en dehors de {target}."),
}
LEFT_OUT = {
    "not_validated": ("not validated", "non validées"),
    "left": ("of actors that left", "d'acteurs partis"),
    "newer_definition": ("under a newer definition", "sous une définition plus récente"),
    "series_break": ("behind a break in the series", "avant une rupture de série"),
    "out_of_scope": ("out of scope since", "sorties du champ depuis"),
}
FLAGS = {
    "parts_incomplete": (
        "A total was made of parts with a code missing.",
        "Un total est fait de parties où manque un code.",
    ),
    "parts_differ_from_total": (
        "Two ways of reading one total differ.",
        "Deux lectures d'un même total diffèrent.",
    ),
    "running_total_falls": (
        "The running total is below the one before.",
        "Le cumul est inférieur au précédent.",
    ),
}


OVERLAPS = {
    "sum": (
        "Members decided that nobody was counted twice: this is the most it can be.",
        "Les membres ont décidé que personne n'a été compté deux fois : c'est le maximum possible.",
    ),
    "max": (
        "Members decided that all are among the most that one of them counted: this is the least it can be.",
        "Les membres ont décidé que tous sont parmi les plus nombreux qu'un seul ait comptés : c'est le minimum possible.",
    ),
    "agreed": (
        "It is the number that members agreed on, for people who may have been counted twice.",
        "C'est le nombre dont les membres ont convenu, pour des personnes peut-être comptées deux fois.",
    ),
    "lapsed": (
        "What members decided of people counted twice has lapsed: what it was about has changed.",
        "Ce que les membres ont décidé des personnes comptées deux fois est caduc : ce dont il s'agissait a changé.",
    ),
}
