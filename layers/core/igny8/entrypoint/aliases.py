"""Older forms of addresses, accepted at the edge and translated once; inside there is one form.

The seeds name routes with underscores for dashes, without ``/api``, and some integration routes
directly below ``/api/v1/integration/``.
"""

import re

ACTIONS = (
    "test-connection", "test-collection-connection", "sync-status", "update-structure",
    "content-types", "sync-health", "debug-status", "generate-api-key", "revoke-api-key",
    "site-sync", "bulk-publish", "resolve-conflict", "publishing-settings",
)  # fmt: skip
UNDERSCORED = {action.replace("-", "_"): action for action in ACTIONS}
INTEGRATION = "/api/v1/integration"
COLLECTION = f"{INTEGRATION}/integrations"
OLD_WEBHOOK = f"{INTEGRATION}/webhook"
SHORT_ITEM = re.compile(rf"{INTEGRATION}/(\d+)(/.*)?")


def canonical_path(path: str) -> str:
    """Answer the one form of a request path: no trailing slash, no older spelling.

    >>> canonical_path("/v1/integration/integrations/7/debug_status/")
    '/api/v1/integration/integrations/7/debug-status'
    >>> canonical_path("/api/v1/integration/")
    '/api/v1/integration/integrations'
    >>> canonical_path("/api/v1/integration/7/test_connection/")
    '/api/v1/integration/integrations/7/test-connection'
    >>> canonical_path("/api/v1/integration/7/update_structure/")
    '/api/v1/integration/integrations/7/sync'
    >>> canonical_path("/v1/integration/webhook/wordpress/")
    '/api/v1/integration/webhooks/wordpress'
    """
    path = "/" + "/".join(part for part in path.split("/") if part)
    if path.startswith("/v1/"):
        path = f"/api{path}"
    head, _, last = path.rpartition("/")
    path = f"{head}/{UNDERSCORED.get(last, last)}"
    if path == INTEGRATION:
        return COLLECTION
    if path == OLD_WEBHOOK or path.startswith(f"{OLD_WEBHOOK}/"):
        return f"{INTEGRATION}/webhooks{path.removeprefix(OLD_WEBHOOK)}"
    short = SHORT_ITEM.fullmatch(path)
    if short and short[2] == "/update-structure":
        # By its short address people have the structure fetched anew (seed 004); the other is the
        # bridge's, and a path of the gateway has one kind of caller.
        return f"{COLLECTION}/{short[1]}/sync"
    if short:
        return f"{COLLECTION}/{short[1]}{short[2] or ''}"
    return path
