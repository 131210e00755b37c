"""The examples of the contract: one coalition's first days, call by call. A test sends them as they stand, in this order."""

from typing import Any

EXAMPLES: dict[str, dict[str, Any]] = {
    "create_community": {
        "code": "young-people-in-work",
        "name": {"en": "Young people in work", "fr": "Des jeunes au travail"},
        "objective": {
            "en": "Every young person of the valley has found a way into work",
            "fr": "Chaque jeune de la vallée a trouvé sa voie vers le travail",
        },
        "language": "en",
        "visibility": "public",
        "time_zone": "Europe/Paris",
        "charter": {"validation": "support", "due_days": 30},
        "support": {"code": "valley-together", "name": "Valley Together", "kind": "association"},
    },
    "update_community": {"name": {"en": "Work for the young", "fr": "Du travail pour les jeunes"}, "charter": {"due_days": 45}},
    "create_actor": {
        "code": "open-door",
        "name": "Open Door",
        "kind": "association",
        "role": "member",
        "groups": ["upper-valley"],
        "identifiers": [{"scheme": "SIREN", "value": "552100554"}],
        "joined": "2025-01-01",
    },
    "update_actor": {"groups": ["upper-valley", "founders"], "left": None},
    "create_token": {"name": "office", "scopes": ["read", "contribute", "decide"]},
    "create_proposal": {
        "title": "Count the young people who found a job",
        "rationale": "We all count them already, each in its own way. From now on in the same way.",
        "changes": [
            {
                "kind": "define_indicator",
                "indicator": "jobs-found",
                "objective": "common",
                "definition": {
                    "name": {"en": "Young people who found a job", "fr": "Jeunes ayant trouvé un emploi"},
                    "unit": {"label": {"en": "people", "fr": "personnes"}, "code": "{people}"},
                    "measure": "quantity",
                    "nature": "flow",
                    "over_time": "sum",
                    "over_actors": "sum",
                    "direction": "increase",
                    "frequency": "Q",
                    "dimensions": [{"code": "sex", "codes": ["F", "M"]}],
                },
            },
            {"kind": "set_target", "indicator": "jobs-found", "from_period": "2025", "period": "2026", "value": "400"},
        ],
    },
    "set_position": {"position": "object", "reason": "Some have two employers by then, and would be counted twice."},
    "create_comment": {"comment": "The register of contracts has the date of each: half a year is easy to tell."},
    "amend_proposal": {
        "rationale": "Each person once, whoever employs them, so that the objection is met.",
        "changes": [
            {
                "kind": "define_indicator",
                "indicator": "jobs-kept",
                "definition": {
                    "name": {"en": "Young people still in work after six months", "fr": "Jeunes en emploi six mois après"},
                    "unit": {"label": {"en": "people", "fr": "personnes"}, "code": "{people}"},
                    "description": "Each person once, whoever employs them.",
                    "measure": "quantity",
                    "nature": "flow",
                    "over_time": "sum",
                    "over_actors": "sum",
                    "direction": "increase",
                    "frequency": "Q",
                },
            }
        ],
        "closes_at": "2099-06-30T12:00:00Z",
    },
    "create_contribution": {
        "indicator": "jobs-found",
        "period": "2025-Q1",
        "value": "23",
        "dimensions": {"sex": "F"},
        "comment": "Counted by hand from the register of contracts.",
    },
    "create_contributions": {
        "items": [
            {"indicator": "jobs-found", "period": "2025-Q1", "value": "18", "dimensions": {"sex": "M"}},
            {"indicator": "jobs-found", "period": "2025-Q2", "value": "31", "dimensions": {"sex": "F"}},
            {"indicator": "jobs-found", "period": "2025-Q2", "value": "0", "dimensions": {"sex": "M"}},
        ]
    },
    "create_trials": {
        "items": [
            {"indicator": "jobs-found", "period": "2025-Q1", "value": "40", "dimensions": {"sex": "F"}},
            {"indicator": "jobs-found", "period": "2025-Q1", "value": "35", "dimensions": {"sex": "M"}},
        ]
    },
    "contest_contribution": {"reason": "Two of them had found their job the year before."},
    "validate_contribution": {"comment": "Seen with the register."},
    "withdraw_contribution": {"comment": "Reported for the wrong quarter.", "expected_revision": 1},
    "create_webhook": {
        "url": "https://hooks.open-door.example/jalon",
        "kinds": ["proposal_opened", "proposal_adopted", "status_changed", "proposal_closing"],
        "description": "Tells our intranet",
    },
    "update_webhook": {"kinds": None, "description": "Tells our intranet and the board"},
    "replay_webhook": {"after": 0},
    "set_digest": {"addresses": ["bureau@open-door.example"], "language": "fr", "every": "week"},
    "set_mapping": {
        "columns": [
            {"column": "Trimestre", "field": "period"},
            {"column": "Sexe", "dimension": "sex", "labels": {"Femmes": "F", "Hommes": "M", "Ensemble": "_T"}},
            {"column": "Nombre", "field": "value"},
        ],
        "ignored": ["Commune"],
        "constants": {"indicator": "jobs-found"},
        "period": {"format": "QN YYYY"},
        "no_value": ["n.d."],
        "decimal": "comma",
        "dhis2": {
            "data_elements": [{"data_element": "f7n9E0hX8qk", "indicator": "jobs-found", "dimensions": {"sex": "F"}}],
            "org_units": {"open-door": "DiszpKrYNg8"},
        },
    },
    "create_dhis2_data_values": {
        "dataSet": "pBOMPrpg1QX",
        "completeDate": "2025-07-03",
        "period": "2025Q2",
        "orgUnit": "DiszpKrYNg8",
        "dataValues": [{"dataElement": "f7n9E0hX8qk", "value": "31", "comment": "As in the register."}],
    },
    "create_review": {
        "title": {"en": "What the first half of 2025 shows", "fr": "Ce que montre le premier semestre 2025"},
        "at": "2025-S1",
    },
    "update_review": {
        "readings": [
            {"indicator": "jobs-found", "text": "Women found a job twice as often in spring as in winter."},
            {"objective": "common", "text": "We count on the valley's employers, and they come late in the year."},
        ],
        "lessons": [{"text": "Ask the employers in winter already."}],
        "proposals": ["1"],
    },
    "create_person": {"subject": "248289761001", "name": "Jane Doe", "scopes": ["read", "contribute"]},
    "create_invitation": {"name": "Jane Doe", "scopes": ["read", "contribute"], "session_days": 60},
    "rotate_token": {"overlap_days": 14},
    "create_erasure": {
        "what": {"kind": "review_note", "id": "1"},
        "reason": "Somebody could be recognised by what was said of the employers.",
    },
    "accept_invitation": {"invitation": "jli_1_ExampleExampleExampleExampleExampleExampleE4EGNLH"},
    "revoke_leaked_token": {"token": "jln_1_ExampleExampleExampleExampleExampleExampleE0ek585"},
}
