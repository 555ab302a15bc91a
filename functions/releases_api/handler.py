"""Entry point of the releases' API."""

from typing import Any

from igny8.bootstrap.releases_api import services
from igny8.entrypoint.api import Api

from releases_api.routes import ROUTES

api = Api(services, ROUTES)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one API Gateway event."""
    return api(event, context)
