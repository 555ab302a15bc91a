"""The backend in this process; AWS and the WordPress sites in processes of their own."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from igny8.bootstrap import collect_garbage

from local import cloud
from tests.support.aws import make_resources
from tests.support.clock import FrozenClock
from tests.support.wordpress import FakeWordPress
from tests.support.world import Services, World, services_of

SECTION = "<h2>Section {}</h2><p>" + "The quick brown fox jumps over the lazy dog. " * 20 + "</p>"
ARTICLE = "".join(SECTION.format(number) for number in range(9))  # 8 KB, as of the peer
FIELDS = {
    "title": "An article", "content_html": ARTICLE, "status": "review",
    "seo_title": "An article | Site", "seo_description": "A description for search engines.",
    "primary_keyword": "fox", "secondary_keywords": ["dog", "lazy dog"],
    "categories": ["Animals"], "tags": ["quick", "brown"],
    "featured_image_url": "https://images.example.com/1.webp",
    "gallery_images": [{"url": "https://images.example.com/2.webp"}],
}  # fmt: skip


@dataclass
class Rig:
    """A world whose time, AWS and WordPress are real enough to be measured against."""

    world: World

    def connected_site(self, port: int, host: str = "http://127.0.0.1") -> dict[str, Any]:
        site = self.world.site(url=f"{host}:{port}")
        key = self.world.key(site)
        assert self.world.pair(site, key["api_key"]).status == 200
        return site | {"integration_id": key["integration_id"]}

    def articles(self, site: dict[str, Any], number: int) -> list[dict[str, Any]]:
        return [self.world.content(site, **FIELDS) for _ in range(number)]


@contextmanager
def running_rig() -> Iterator[Rig]:
    with tempfile.TemporaryDirectory() as folder, cloud.apart(Path(folder)) as where:
        saved = dict(os.environ)
        os.environ.clear()
        os.environ.update({**where.environment(), "POWERTOOLS_LOG_LEVEL": "CRITICAL"})
        try:
            services = Services(make_resources({}))
            collect_garbage()
            with services_of(services):
                yield Rig(World(services, FrozenClock(), FakeWordPress(), checks_answers=False))
        finally:
            os.environ.clear()
            os.environ.update(saved)


@contextmanager
def site_process(seconds: float, certificate: Path | None = None) -> Iterator[int]:
    """A WordPress stub that answers after ``seconds``; answers its port."""
    command = [sys.executable, "-m", "benchmarks.site", str(seconds)]
    command += [str(certificate)] if certificate else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()
