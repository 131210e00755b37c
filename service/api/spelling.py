"""How the contract writes a schema: in the words of JSON Schema that generators of clients understand, meaning the same."""

from typing import Any

_CHOICES = ("anyOf", "oneOf", "allOf")


def spell(contract: dict[str, Any]) -> None:
    """Writes every schema of `contract` anew, in place."""
    schemas = contract["components"]["schemas"]
    schemas.update({name: spelled(schema) for name, schema in schemas.items()})
    for item in contract["paths"].values():
        for operation in item.values():
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = spelled(parameter["schema"])
            for part in (operation.get("requestBody", {}), *operation["responses"].values()):
                # The framework hands the same content to every operation: what is written is a copy.
                if "content" in part:
                    part["content"] = {
                        media_type: {**said, "schema": spelled(said["schema"])} for media_type, said in part["content"].items()
                    }


def spelled(schema: dict[str, Any]) -> dict[str, Any]:
    """`schema` without titles, and objects with a pattern for their keys by `propertyNames`.

    A title only repeats the field's name, and generators name types after it: `From`, which is no name in Python. Generators
    pass over `patternProperties`, and would know nothing of what is in such an object; other keys are refused in either case.
    """
    said = {name: value for name, value in schema.items() if name not in ("title", "patternProperties")}
    for name in _CHOICES:
        if name in said:
            said[name] = [spelled(one) for one in said[name]]
    for name in ("items", "additionalProperties"):
        if isinstance(said.get(name), dict):
            said[name] = spelled(said[name])
    if "properties" in said:
        said["properties"] = {name: spelled(field) for name, field in said["properties"].items()}
    if "patternProperties" in schema:
        ((pattern, inner),) = schema["patternProperties"].items()
        said |= {"propertyNames": {"pattern": pattern}, "additionalProperties": spelled(inner)}
    return said
