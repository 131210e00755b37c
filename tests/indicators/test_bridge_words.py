"""Every term of a bridge is said, and what changes nothing is not."""

import pytest

from service.indicators.bridge_words import bridge_reading
from service.models.indicator import Bridge

CASES = [
    ({"kind": "editorial"}, "Older values stay as they are: nothing numeric changed."),
    ({"kind": "break"}, "Older values are not comparable: they enter no figure of this version."),
    ({"kind": "conversion"}, "Older values stay as they are."),
    ({"kind": "conversion", "factor": "1"}, "Older values stay as they are."),
    ({"kind": "conversion", "factor": "1000"}, "Older values are multiplied by 1000."),
    ({"kind": "conversion", "offset": "-0.5"}, "-0.5 is added to older values."),
    ({"kind": "conversion", "factor": "1.80", "offset": "32"}, "Older values are multiplied by 1.8, then 32 is added."),
    (
        {"kind": "conversion", "numerator_factor": "2", "denominator_factor": "0.5"},
        "Older numerators are multiplied by 2. Older denominators are multiplied by 0.5.",
    ),
    (
        {
            "kind": "conversion",
            "code_map": {"age": {"18-24": "18-29", "25-29": "18-29", "30+": "30+", "NR": None, "0-17": "_X"}},
        },
        "In `age`, 18-24, 25-29 counts as 18-29. In `age`, NR counts in totals only. "
        "In `age`, 0-17 is out of scope and left out.",
    ),
]


@pytest.mark.parametrize(("bridge", "english"), CASES)
def test_a_bridge_in_words(bridge: dict[str, object], english: str) -> None:
    said = bridge_reading(Bridge.model_validate(bridge))
    assert said["en"] == english
    assert said["fr"] and said["fr"] != english and "{" not in said["fr"]
