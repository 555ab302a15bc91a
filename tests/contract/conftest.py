"""A world for each module, with a site in use: the tests mostly look."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.world import Response, World, running_world

EVERY_FIELD: dict[str, Any] = {
    "title": "Sample Post",
    "content_html": "<p>Full HTML content...</p>",
    "excerpt": "Short excerpt...",
    "slug": "sample-post",
    "author": "Jane Doe",
    "publish_at": "2026-02-01T12:00:00Z",
    "seo_title": "SEO Title",
    "seo_description": "Meta description",
    "canonical_url": "https://example.com/sample-post/",
    "primary_keyword": "main keyword",
    "secondary_keywords": ["kw1", "kw2"],
    "cluster": {"id": 7, "name": "A cluster"},
    "sector": {"id": 8, "name": "A sector"},
    "categories": ["Tech"],
    "tags": ["AI", "ML"],
    "featured_image_url": "https://app.igny8.com/images/1.png",
    "featured_image_alt": "An image",
    "gallery_images": [{"url": "https://app.igny8.com/images/2.png", "alt": "", "caption": ""}],
}


@dataclass
class Used:
    """A site that is connected, and a content that is on it."""

    world: World
    site: dict[str, Any]
    key: Response
    paired: Response
    pending: dict[str, Any]
    content: dict[str, Any]
    clicked: Response

    @property
    def connected(self) -> dict[str, Any]:
        """The site with what its bridge knows."""
        known = {"integration_id": self.paired.data["id"], "api_key": self.key.data["api_key"]}
        return {**self.site, **known}

    def get(self, path: str) -> Any:
        return self.world.call("GET", path).body


@pytest.fixture(scope="module")
def used() -> Iterator[Used]:
    with running_world() as world:
        site = world.site()
        path = "/api/v1/integration/integrations/"
        key = world.call("POST", f"{path}generate-api-key/", {"site_id": site["id"]})
        pending = world.call("GET", f"{path}{key.data['integration_id']}/").data
        paired = world.pair(site, key.data["api_key"])
        content = world.content(site, **EVERY_FIELD)
        named = {"site_integration_id": key.data["integration_id"]}
        clicked = world.publish(content, named)
        world.work()
        assert world.publication(content)["publish_state"] == "published"
        yield Used(world, site, key, paired, pending, content, clicked)
