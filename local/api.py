"""A small client of our own API, as a person's program would be."""

from typing import Any

import requests

from local.failure import StageError

TIMEOUT_SECONDS = 30


class Api:
    """Calls routes below a prefix with an ID token and unwraps the envelope."""

    def __init__(self, url: str, token: str, prefix: str = "api/v1") -> None:
        self._url = f"{url}/{prefix}"
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **query: str | int) -> Any:
        """GET a route and return `data`."""
        return self._call("GET", path, params=query)

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """POST JSON to a route and return `data`."""
        return self._call("POST", path, json=body or {})

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        """PATCH a route with JSON and return `data`."""
        return self._call("PATCH", path, json=body)

    def tried(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
        """The status of an answer and, of a refusal, its code."""
        answer = self._request(method, path, json=body)
        error = (answer.json() or {}).get("error") or {}
        return answer.status_code, str(error.get("code", ""))

    def _request(self, method: str, path: str, **more: Any) -> requests.Response:
        return self._session.request(method, f"{self._url}/{path}", timeout=TIMEOUT_SECONDS, **more)

    def _call(self, method: str, path: str, **more: Any) -> Any:
        answer = self._request(method, path, **more)
        try:
            envelope = answer.json()
        except ValueError:
            envelope = {}
        if not answer.ok or envelope.get("success") is not True:
            error = envelope.get("error") or {"message": answer.text[:500]}
            raise StageError(f"{method} {path} answered {answer.status_code}: {error}")
        return envelope["data"]
