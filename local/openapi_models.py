"""Schemas of the API's document, drawn from the models that the rows name."""

import copy
from typing import Any, get_origin

from pydantic import TypeAdapter

REF = "#/components/schemas/{model}"

FAILURE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["success", "error"],
    "properties": {
        "success": {"const": False},
        "error": {
            "type": "object",
            "additionalProperties": False,
            "required": ["code", "message", "request_id"],
            "properties": {
                "code": {"type": "string", "description": "Stable; for programs."},
                "message": {"type": "string", "description": "What to do about it; for people."},
                "fields": {
                    "type": "object",
                    "additionalProperties": {"type": "array", "items": {"type": "string"}},
                },
                "rev": {"type": "integer", "description": "The revision that was made meanwhile."},
                "request_id": {"type": "string"},
            },
        },
    },
}


def schema_of(model: Any, mode: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """A model's schema; what it is made of goes to the components.

    What is sent may have more fields where the model does not forbid it; no answer has.
    """
    is_answer = mode == "serialization"
    made = _drawn(model, mode, schemas)
    if get_origin(model) is list:
        return {"type": "array", "items": made["items"]}
    if "$ref" in made:
        return {"$ref": made["$ref"]}
    _add(schemas, model.__name__, tidied(made, is_closed=is_answer))
    return {"$ref": REF.format(model=model.__name__)}


def parameters_of(model: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """The schemas of a query's parameters, by name."""
    made = _drawn(model, "validation", schemas)
    return {name: tidied(schema) for name, schema in made["properties"].items()}


def _drawn(model: Any, mode: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    made = TypeAdapter(model).json_schema(mode=mode, ref_template=REF)
    for name, schema in made.pop("$defs", {}).items():
        _add(schemas, name, tidied(schema, is_closed=mode == "serialization"))
    return made


def _add(schemas: dict[str, Any], name: str, schema: dict[str, Any]) -> None:
    if schemas.setdefault(name, schema) != schema:
        message = f"Two models are called {name}."
        raise ValueError(message)


def tidied(schema: Any, *, is_closed: bool = True) -> Any:
    """Without the titles that repeat a field's name; closed, with no fields but those named."""
    schema = copy.deepcopy(schema)
    if isinstance(schema, list):
        return [tidied(one, is_closed=is_closed) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("title"), str):
        del schema["title"]
    made = {
        name: {key: tidied(value, is_closed=is_closed) for key, value in part.items()}
        if name in {"properties", "$defs"}
        else part
        if name in {"default", "enum", "const", "required"}
        else tidied(part, is_closed=is_closed)
        for name, part in schema.items()
    }
    if is_closed and "properties" in made:
        made.setdefault("additionalProperties", False)
    return made
