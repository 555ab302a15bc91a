import pytest
from hypothesis import given
from hypothesis import strategies as st
from igny8.entrypoint.aliases import canonical_path

ITEM = "/api/v1/integration/integrations/7"
SAME = ("/api/v1/writer/content/7/publish", "/api/v1/health", "/api/v1/sites/12", "/", ITEM)


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        (ITEM + "/", ITEM),
        ("//api//v1/sites//", "/api/v1/sites"),
        ("/v1/sites/", "/api/v1/sites"),
        ("/v1/writer/content/7/", "/api/v1/writer/content/7"),
        ("/v1/integration/integrations/test_connection/",
         "/api/v1/integration/integrations/test-connection"),
        ("/api/v1/integration/", "/api/v1/integration/integrations"),
        ("/api/v1/integration/7", ITEM),
        ("/v1/integration/7/test_connection/", f"{ITEM}/test-connection"),
        ("/api/v1/integration/7/test_collection_connection/",
         f"{ITEM}/test-collection-connection"),
        ("/api/v1/integration/7/sync_status/", f"{ITEM}/sync-status"),
        ("/api/v1/integration/7/sync/", f"{ITEM}/sync"),
        # People have the structure fetched by the short one; by the long one the bridge tells it.
        ("/api/v1/integration/7/update_structure/", f"{ITEM}/sync"),
        ("/v1/integration/7/update-structure", f"{ITEM}/sync"),
        ("/v1/integration/integrations/7/update_structure/", f"{ITEM}/update-structure"),
        ("/v1/integration/webhook/wordpress/", "/api/v1/integration/webhooks/wordpress"),
        ("/api/v1/integration/webhook/wordpress/status",
         "/api/v1/integration/webhooks/wordpress/status"),
        ("/api/v1/integration/7/content_types/", f"{ITEM}/content-types"),
        ("/api/v1/integration/7/sync_health/", f"{ITEM}/sync-health"),
        ("/api/v1/integration/integrations/7/debug_status", f"{ITEM}/debug-status"),
        ("/api/v1/integration/integrations/generate_api_key",
         "/api/v1/integration/integrations/generate-api-key"),
        ("/api/v1/integration/site_sync/", "/api/v1/integration/site-sync"),
    ],
)  # fmt: skip
def test_older_forms_lead_to_the_one_form(asked: str, served: str) -> None:
    assert canonical_path(asked) == served


@pytest.mark.parametrize("path", SAME)
def test_the_one_form_stays(path: str) -> None:
    assert canonical_path(path) == path


@pytest.mark.parametrize(
    "path", ["/api/v1/integration/x/test-connection", "/v10/sites", "/api/v1/writer/my_slug",
             "/api/v1/integrations", "/api/v1/integration/webhookx"],
)  # fmt: skip
def test_what_only_looks_like_an_older_form_stays_too(path: str) -> None:
    assert canonical_path(path) == path


PARTS = st.sampled_from(
    ["api", "v1", "integration", "integrations", "7", "test_connection", "", "x"]
)


@given(st.lists(PARTS, max_size=7).map("/".join))
def test_translating_twice_changes_nothing(path: str) -> None:
    once = canonical_path(path)
    assert once.startswith("/")
    assert canonical_path(once) == once
