"""Examining by the sync worker: it alone may read a site's key and call the site.

The API asks it to and waits for the answer, by a synchronous call of the function.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from igny8.core.errors import NotFound, Unavailable
from igny8.diagnosis.model import Examination
from igny8.journal.model import Actor, Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be examined, and who wants to know."""

    account_id: int
    site_id: int
    integration_id: int
    actor: Actor
    post_type: str | None = None

    def event(self) -> dict[str, Any]:
        """The event that the worker is called with."""
        return {
            "examine": {
                "account_id": self.account_id,
                "site_id": self.site_id,
                "integration_id": self.integration_id,
                "post_type": self.post_type,
                "actor": self.actor.name,
                "channel": str(self.actor.channel),
                "request_id": self.actor.request_id,
            }
        }

    @classmethod
    def of_event(cls, event: Mapping[str, Any]) -> "Request":
        """Read what :meth:`event` wrote."""
        told = event["examine"]
        return cls(
            account_id=int(told["account_id"]),
            site_id=int(told["site_id"]),
            integration_id=int(told["integration_id"]),
            post_type=told["post_type"],
            actor=Actor(told["actor"], Channel(told["channel"]), told.get("request_id")),
        )


@dataclass(frozen=True, slots=True)
class RemoteExaminer:
    """Has the worker examine. ``client`` is made when it is first needed."""

    client: Callable[[], Any]
    function_name: str

    def examine(self, request: Request) -> Examination:
        """Wait for the findings. Raises :class:`NotFound`, :class:`Unavailable`."""
        try:
            answer = self.client().invoke(
                FunctionName=self.function_name,
                InvocationType="RequestResponse",
                Payload=json.dumps(request.event()).encode(),
            )
            told = json.loads(answer["Payload"].read())
        except (BotoCoreError, ClientError, ValueError) as error:
            raise Unavailable("lambda") from error
        if "FunctionError" in answer or not isinstance(told, dict):
            raise Unavailable("sync_worker")
        if told.get("absent"):
            raise NotFound
        if "findings" not in told:
            raise Unavailable("sync_worker")
        return Examination.of_json(told)
