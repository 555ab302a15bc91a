"""Entry point of the plugin's distribution."""

from typing import Any

from igny8.bootstrap.plugins_api import services
from igny8.entrypoint.api import Api

from plugins_api.routes import ROUTES

api = Api(services, ROUTES)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one API Gateway event."""
    return api(event, context)
