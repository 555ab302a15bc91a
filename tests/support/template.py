"""The template as CloudFormation reads it: functions as dictionaries, loops written out."""

from typing import Any

from local.template import read_template

LOOP = "Fn::ForEach::"


def load(text: str | None = None) -> dict[str, Any]:
    """The template, or another of its kind, with every loop written out."""
    return {name: written_out(section) for name, section in read_template(text).items()}


def written_out(section: Any) -> Any:
    """A section with what its loops (``Fn::ForEach``) stand for; nothing may be said twice."""
    if not isinstance(section, dict):
        return section
    made: dict[str, Any] = {}
    for name, value in section.items():
        if not name.startswith(LOOP):
            assert name not in made, name
            made[name] = value
            continue
        identifier, collection, fragment = value
        for one in collection:
            for key, what in _replaced(fragment, f"${{{identifier}}}", one).items():
                assert key not in made, key
                made[key] = what
    return made


def _replaced(value: Any, placeholder: str, by: str) -> Any:
    if isinstance(value, str):
        return value.replace(placeholder, by)
    if isinstance(value, list):
        return [_replaced(one, placeholder, by) for one in value]
    if isinstance(value, dict):
        return {
            _replaced(key, placeholder, by): _replaced(one, placeholder, by)
            for key, one in value.items()
        }
    return value
