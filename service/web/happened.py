"""Journal entries in a few words: what somebody did."""

from service.web.terms import Terms


def happened(terms: Terms, kind: str, actor: str | None) -> str:
    """Who did what; kinds that no page has words for are named as the journal names them."""
    say = terms.speech.say
    who = terms.actor(actor) if actor else say("The community")
    sentences = {
        "contributions_recorded": say("%(who)s reported figures.", who=who),
        "contribution_withdrawn": say("%(who)s withdrew a figure.", who=who),
        "contribution_validated": say("%(who)s validated a figure.", who=who),
        "contribution_contested": say("%(who)s contested a figure.", who=who),
        "import_landed": say("%(who)s sent a file.", who=who),
        "import_undone": say("%(who)s took back a file that was sent.", who=who),
        "proposal_adopted": say("The community decided"),
        "proposal_rejected": say("A proposal was not adopted"),
        "community_created": say("The community was founded."),
        "community_changed": say("%(who)s changed what the community says of itself.", who=who),
        "actor_joined": say("%(who)s let a member in.", who=who),
        "actor_changed": say("%(who)s changed what is known of a member.", who=who),
    }
    return sentences.get(kind) or kind.replace("_", " ").capitalize()
