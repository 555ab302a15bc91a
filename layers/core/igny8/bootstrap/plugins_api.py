"""Parts of the plugin's API."""

from igny8.bootstrap.offer_parts import OfferParts
from igny8.bootstrap.resources import once


class PluginsApi(OfferParts):
    """Offers releases to sites."""


def services() -> PluginsApi:
    """The parts of this process."""
    return once(PluginsApi)
