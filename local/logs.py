"""Follows all logs: the functions' (CloudWatch), the local cloud's and WordPress's (files)."""

import time
from pathlib import Path

from local.cloud import Cloud
from local.places import LOGS
from local.progress import say

POLL_SECONDS = 1.0
LOOK_BACK_SECONDS = 60
PREFIX = "/aws/lambda/"
FILES = ("cloud.log", "wordpress.log")


class FunctionLogs:
    """Log events of all functions that were not told before; `since` is a Unix time in seconds."""

    def __init__(self, where: Cloud, *, since: float) -> None:
        self._client = where.client("logs")
        self._since = int(since * 1000)
        self._seen: set[tuple[object, ...]] = set()

    def fresh(self) -> list[tuple[int, str, str]]:
        """Return (milliseconds, function, message) that were not told before, oldest first."""
        found = []
        groups = self._client.describe_log_groups(logGroupNamePrefix=PREFIX)["logGroups"]
        for group in groups:
            name = group["logGroupName"]
            pages = self._client.get_paginator("filter_log_events")
            for page in pages.paginate(logGroupName=name, startTime=self._since):
                for event in page["events"]:
                    # The local cloud gives events no id.
                    told = (name, event.get("logStreamName"), event["timestamp"], event["message"])
                    if told not in self._seen:
                        self._seen.add(told)
                        text = event["message"].rstrip()
                        found.append((event["timestamp"], name.removeprefix(PREFIX), text))
        return sorted(found, key=lambda row: row[0])


class FileTail:
    """New lines of a file since the last look."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = path.stat().st_size if path.is_file() else 0

    def fresh(self) -> list[str]:
        """Return the lines that were added."""
        if not self._path.is_file():
            return []
        with self._path.open("rb") as file:
            file.seek(min(self._at, self._path.stat().st_size))
            added = file.read()
            self._at = file.tell()
        return added.decode(errors="replace").splitlines()


def follow(where: Cloud) -> None:
    """Print what comes until Ctrl-C; the functions' last minute first."""
    functions = FunctionLogs(where, since=time.time() - LOOK_BACK_SECONDS)
    tails = {name.removesuffix(".log"): FileTail(LOGS / name) for name in FILES}
    while True:
        for _, function, message in functions.fresh():
            say(f"{function} | {message}")
        for name, tail in tails.items():
            for line in tail.fresh():
                say(f"{name} | {line}")
        time.sleep(POLL_SECONDS)
