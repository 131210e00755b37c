"""What the archive of a community says of itself, to whoever opens it with nothing but a text editor."""

_FILES: dict[str, tuple[str, str]] = {
    "actor": ("the member organisations, by number", "les organisations membres, par numéro"),
    "cell": ("combinations of dimension codes, by number; 0 is the total", "les ventilations, par numéro ; 0 est le total"),
    "closed_period": ("periods closed and opened again", "les périodes closes et rouvertes"),
    "community": (
        "the numberings, and the journal's end",
        "les numérotations, et la fin du journal",
    ),
    "community_state": ("settings and charter, each time they changed", "les réglages et la charte, à chaque changement"),
    "indicator": ("the indicators, by number", "les indicateurs, par numéro"),
    "indicator_version": ("every adopted definition, with its bridge", "chaque définition adoptée, avec sa passerelle"),
    "journal_entry": (
        "everything that happened, in order, with its hash",
        "tout ce qui est arrivé, dans l’ordre, avec son empreinte",
    ),
    "ledger_entry": (
        "every contribution received (`kind` 1: report, 2: withdrawal, 3: validation, 4: contest)",
        "chaque contribution reçue (`kind` 1 : valeur, 2 : retrait, 3 : validation, 4 : contestation)",
    ),
    "mapping": ("how members' own files read", "comment se lisent les fichiers des membres"),
    "membership": ("who belonged, in which role, each time it changed", "qui était membre, à quel titre, à chaque changement"),
    "objective": ("the objectives, by number", "les objectifs, par numéro"),
    "objective_state": ("their names, places and weights over time", "leurs noms, places et poids au fil du temps"),
    "overlap_decision": ("what was decided of people counted twice", "les décisions sur les personnes comptées deux fois"),
    "placement": ("where each indicator stands in the tree", "la place de chaque indicateur dans l’arbre"),
    "position": ("where actors stood on proposals, and why", "les positions sur les propositions, et leurs raisons"),
    "proposal": ("what was proposed, by whom and why", "ce qui a été proposé, par qui et pourquoi"),
    "proposal_change": ("the changes proposed, round by round", "les changements proposés, tour par tour"),
    "proposal_comment": ("what was said about proposals", "ce qui a été dit des propositions"),
    "proposal_round": ("the rounds, and how they ended", "les tours, et leur issue"),
    "review": ("the figures as they were read together", "les chiffres tels qu’ils ont été lus ensemble"),
    "review_note": ("what was read in them and learnt", "ce qui y a été lu et appris"),
    "review_proposal": ("proposals that came of reviews", "les propositions issues des revues"),
    "review_state": ("titles and states of reviews", "les titres et états des revues"),
    "target": ("targets, baselines and milestones", "les cibles, valeurs de référence et jalons"),
    "trial": ("values tried under proposed definitions", "les valeurs essayées sous des définitions proposées"),
    "upload": ("imports: what came in and what became of it", "les imports : ce qui est arrivé et ce qu’il en est advenu"),
}
_ENGLISH = """{code}: everything that this community recorded and decided, as of entry {number} of its journal.

Bring it back, under the same code, into another Jalon, whichever database that keeps its data in:

    jalon import-archive FILE

It answers the same figures there, and `jalon verify` finds the same chain of hashes. manifest.json holds the SHA-256 of
every file and the number and hash that the journal ends with: {hash}

Each .ndjson file is a table: a row in each line, written as JSON, in UTF-8. Measures are decimals written as texts, instants
are UTC, periods are SDMX's. A field that is absent has no value; zero is 0. `journal` is the number of the entry that
brought a row. `indicator`, `actor`, `objective`, `cell`, `proposal` and `review` are the `number` of a row in the file of that
name; what ledger rows a journal entry brought are those with its `batch`.

It tells what members told each other in confidence: keep it as they would. Not in it: tokens, people's logins, answers kept
for repeated requests, the uploaded files themselves, imports under way. Texts that were erased are gone from it; only what
stood for them in the chain is kept.
"""
_FRENCH = """{code} : tout ce que cette communauté a enregistré et décidé, jusqu’à l’entrée {number} de son journal.

Pour le rétablir, sous le même code, dans un autre Jalon, quelle que soit sa base de données :

    jalon import-archive FICHIER

Il y répond les mêmes chiffres, et `jalon verify` y retrouve la même chaîne d’empreintes. manifest.json donne le SHA-256 de
chaque fichier, ainsi que le numéro et l’empreinte par lesquels le journal se termine : {hash}

Chaque fichier .ndjson est une table : une ligne par enregistrement, en JSON, en UTF-8. Les mesures sont des décimaux écrits
comme textes, les instants sont en UTC, les périodes sont celles de SDMX. Un champ absent n’a pas de valeur ; zéro est 0.
`journal` est le numéro de l’entrée qui a apporté la ligne. `indicator`, `actor`, `objective`, `cell`, `proposal` et `review`
sont le `number` d’une ligne du fichier de ce nom ; les contributions qu’une entrée du journal a apportées sont celles de son
`batch`.

Il contient ce que les membres se sont dit en confiance : gardez-le comme ils le feraient. N’y sont pas : les jetons, les
connexions des personnes, les réponses gardées pour les requêtes répétées, les fichiers téléversés eux-mêmes, les imports en
cours. Les textes effacés n’y sont plus ; seul reste ce qui en tenait lieu dans la chaîne.
"""


def readme(code: str, number: int, journal_hash: str, tables: list[str]) -> str:
    """The README.txt of the archive of the community `code`, whose journal ends with that entry; English, then French."""
    said = {"code": code, "number": number, "hash": journal_hash}
    width = max(map(len, tables)) + 2
    english, french = (
        template.format(**said) + "\n" + "\n".join(f"{name:<{width}}{_FILES[name][language]}" for name in tables) + "\n"
        for language, template in enumerate((_ENGLISH, _FRENCH))
    )
    rule = "\n" + "─" * 100 + "\n\n"
    return english + rule + french.replace(" :", "\u00a0:").replace(" ;", "\u00a0;")
