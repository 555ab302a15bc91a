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
                "request_id": {"type": "string"},
            },
        },
    },
}


def schema_of(model: Any, mode: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """A model's schema; what it is made of goes to the components."""
    made = TypeAdapter(model).json_schema(mode=mode, ref_template=REF)
    for name, schema in made.pop("$defs", {}).items():
        _add(schemas, name, tidied(schema))
    if get_origin(model) is list:
        return {"type": "array", "items": made["items"]}
    if "$ref" in made:
        return {"$ref": made["$ref"]}
    _add(schemas, model.__name__, tidied(made))
    return {"$ref": REF.format(model=model.__name__)}


def _add(schemas: dict[str, Any], name: str, schema: dict[str, Any]) -> None:
    if schemas.setdefault(name, schema) != schema:
        message = f"Two models are called {name}."
        raise ValueError(message)


def tidied(schema: Any) -> Any:
    """Without the titles that repeat a field's name; objects have no fields but those named."""
    schema = copy.deepcopy(schema)
    if isinstance(schema, list):
        return [tidied(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("title"), str):
        del schema["title"]
    made = {
        name: {key: tidied(value) for key, value in part.items()}
        if name in {"properties", "$defs"}
        else part
        if name in {"default", "enum", "const", "required"}
        else tidied(part)
        for name, part in schema.items()
    }
    if "properties" in made:
        made.setdefault("additionalProperties", False)
    return made
