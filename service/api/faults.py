"""What Pydantic found wrong, in our words: codes of our own, pointers into the body that was sent, and none of the input."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from pydantic_core.core_schema import ErrorType

from service import texts
from service.api.bodies import pointer_step
from service.errors import Fault

MOST_FAULTS = 100
_CODES = {
    "missing": "missing_field",
    "extra_forbidden": "unknown_field",
    "string_type": "text_expected",
    "string_too_short": "too_short",
    "string_too_long": "too_long",
    "string_pattern_mismatch": "wrong_form",
    "int_type": "whole_number_expected",
    "int_parsing": "whole_number_expected",
    "int_from_float": "whole_number_expected",
    "int_parsing_size": "whole_number_expected",
    "bool_type": "true_or_false_expected",
    "bool_parsing": "true_or_false_expected",
    "list_type": "list_expected",
    "too_short": "too_few",
    "too_long": "too_many",
    "dict_type": "object_expected",
    "model_type": "object_expected",
    "model_attributes_type": "object_expected",
    "enum": "not_in_list",
    "literal_error": "not_in_list",
    "union_tag_invalid": "not_in_list",
    "union_tag_not_found": "missing_kind",
    "greater_than_equal": "too_small",
    "greater_than": "too_small",
    "less_than_equal": "too_big",
    "less_than": "too_big",
    "date_type": "not_a_day",
    "date_parsing": "not_a_day",
    "date_from_datetime_parsing": "not_a_day",
    "date_from_datetime_inexact": "not_a_day",
}
_CONTEXT = {
    "min_length": "limit", "max_length": "limit", "ge": "limit", "gt": "limit", "le": "limit", "lt": "limit",
    "pattern": "pattern", "expected": "allowed", "expected_tags": "allowed", "discriminator": "field",
}  # fmt: skip
_PYDANTIC = frozenset(get_args(ErrorType))
_SOURCES = ("query", "path", "header", "cookie")


def faults_of(found: Sequence[Mapping[str, Any]], body: Any) -> Iterable[Fault]:
    """The faults for `found`, as `ValidationError.errors()` gives it, at most a hundred; `body` is what was validated."""
    return [_fault(one, body) for one in found[:MOST_FAULTS]]


def _fault(found: Mapping[str, Any], body: Any) -> Fault:
    kind = found["type"]
    code = _CODES.get(kind, "invalid_value" if kind in _PYDANTIC else kind)
    context = {_CONTEXT[name]: str(value) for name, value in (found.get("ctx") or {}).items() if name in _CONTEXT}
    if "allowed" in context:  # Pydantic says it in English: 'support', 'member' or 'observer'.
        context["allowed"] = ", ".join(f"`{value}`" for value in re.findall("'([^']*)'", context["allowed"]))
    # Pydantic's own sentences are not for coordinators, and some repeat the input; ours are said by the models' validators.
    detail = texts.detail(code, "en", "", context) if kind in _PYDANTIC else found["msg"]
    source, *steps = found["loc"]
    if source in _SOURCES:
        # A header's name is answered as it is written in the contract, a parameter's as in the address.
        return Fault(code, detail, pointer=str(steps[0]) if steps else source, context=context)
    return Fault(code, detail, pointer=_pointer(steps, body, is_missing=kind == "missing"), context=context)


def _pointer(steps: Sequence[Any], body: Any, *, is_missing: bool) -> str:
    """The JSON pointer to what Pydantic's location names. It also names union members and validators, which no body holds:
    a step that leads nowhere is left out, save the last one to a field that is missing."""
    pointer, place = "", body
    for number, step in enumerate(steps):
        in_object = isinstance(place, dict) and step in place and place.get("kind") != step
        in_list = isinstance(place, list) and isinstance(step, int) and step < len(place)
        if in_object or in_list:
            place = place[step]
        elif not (is_missing and number == len(steps) - 1):
            continue
        pointer += pointer_step(step)
    return pointer
