"""A person who works in WordPress: signs in as the owner would, edits by the editor's way."""

import re
from typing import Any

import requests

from local.failure import StageError

TIMEOUT_SECONDS = 60


class Editor:
    """A browser's session in wp-admin; every change goes through WordPress's own REST API."""

    def __init__(self, site: dict[str, Any]) -> None:
        self._url = site["url"]
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.get(f"{self._url}/wp-login.php", timeout=TIMEOUT_SECONDS)
        self._session.post(
            f"{self._url}/wp-login.php",
            data={"log": site["admin_user"], "pwd": site["admin_password"], "testcookie": "1"},
            timeout=TIMEOUT_SECONDS,
        )
        nonce = self._session.get(
            f"{self._url}/wp-admin/admin-ajax.php?action=rest-nonce", timeout=TIMEOUT_SECONDS
        ).text.strip()
        if not re.fullmatch(r"[0-9a-f]{10}", nonce):
            raise StageError(f"{self._url}: signing in as {site['admin_user']} did not work")
        self._session.headers["X-WP-Nonce"] = nonce

    def change(self, post_id: int, **fields: Any) -> None:
        """Save a post."""
        self._call("POST", post_id, json=fields)

    def trash(self, post_id: int) -> None:
        """Put a post into the trash."""
        self._call("DELETE", post_id)

    def delete(self, post_id: int) -> None:
        """Delete a post for good."""
        self._call("DELETE", post_id, params={"force": "true"})

    def _call(self, method: str, post_id: int, **more: Any) -> None:
        answer = self._session.request(
            method,
            f"{self._url}/",
            params={"rest_route": f"/wp/v2/posts/{post_id}", **more.pop("params", {})},
            timeout=TIMEOUT_SECONDS,
            **more,
        )
        if not answer.ok:
            raise StageError(f"{method} post {post_id}: {answer.status_code} {answer.text[:300]}")
