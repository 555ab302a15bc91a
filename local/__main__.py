"""Commands of the local stage: `python -m local up` and so on; the Makefile has them as targets."""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from types import FrameType

from local import (
    bridge,
    demo,
    drill,
    logs,
    redrive,
    release,
    releasing,
    running,
    stack,
    stage,
    tools,
    translations,
    updating,
)
from local.failure import StageError
from local.places import ROOT
from local.progress import complain, say
from local.wordpress import MissingToolError


def _up() -> None:
    with running.alone():
        _start()
        stage.status()


def _start() -> None:
    """Bring the stage up, or leave nothing behind but the logs."""
    try:
        stage.up()
    except BaseException:
        stage.down(quietly=True)
        raise


def _down() -> None:
    with running.alone():
        stage.down()


def _redeploy() -> None:
    with running.alone():
        stage.redeploy()


def _demo() -> None:
    with running.alone():
        _start()
    try:
        demo.run()
        say("Everything keeps running until Ctrl-C.")
        while stage.is_up():
            time.sleep(1)
        say("The stage was stopped.")
    finally:
        say()
        _down()


def _demo_once() -> None:
    _on_a_stage(demo.run)


def _demo_update() -> None:
    _on_a_stage(updating.run)


def _drill() -> None:
    _on_a_stage(drill.run)


def _on_a_stage(do: Callable[[], None]) -> None:
    """Do it on the stage that runs, or on one that is started for it and stopped again."""
    with running.alone():
        was_up = stage.is_up()
        _start()
    try:
        do()
    finally:
        if not was_up:
            _down()


def _logs() -> None:
    logs.follow(stage.the_cloud())


def _status() -> None:
    if not stage.status():
        sys.exit(1)


def _pack() -> None:
    say(str(bridge.pack(target=ROOT / "dist" / "igny8-wp-bridge.zip")))


def _pot() -> None:
    say(str(translations.write()))


def _stamp() -> None:
    say(release.stamp(ROOT / ".aws-sam" / "build"))


def _openapi() -> None:
    from local import openapi  # noqa: PLC0415 - loads every function's routes

    say(str(openapi.write()))


def _openapi_drift() -> None:
    from local import openapi  # noqa: PLC0415 - as above

    if openapi.DOCUMENT.read_text() != openapi.text():
        message = "docs/openapi.json is not what the rows say; write it anew with: make openapi"
        raise StageError(message)


def _token() -> None:
    with running.alone():
        print(stage.fresh_token())


COMMANDS: dict[str, tuple[Callable[[], None], str]] = {
    "up": (_up, "start everything and leave it running"),
    "down": (_down, "stop everything and remove its state"),
    "redeploy": (_redeploy, "bring a running stage up to the tree"),
    "status": (_status, "say what runs and where; fails when something does not"),
    "logs": (_logs, "follow all logs until Ctrl-C"),
    "demo": (_demo, "up, publish a sample article, stay until Ctrl-C"),
    "demo-once": (
        _demo_once,
        "the same, then stop what it started; fails when the post is not right",
    ),
    "demo-update": (
        _demo_update,
        "show an update offered, verified and installed, and a tampered one refused",
    ),
    "drill": (_drill, "restore the tables to a backup while WordPress goes on; fails if not true"),
    "pack": (_pack, "build the plugin's ZIP in dist/"),
    "stamp": (_stamp, "say in the template that sam build made which build it is"),
    "pot": (_pot, "write the bridge's template for translators anew"),
    "openapi": (_openapi, "write docs/openapi.json anew"),
    "openapi-drift": (_openapi_drift, "fail when docs/openapi.json is not what the rows say"),
    "token": (_token, "print a fresh ID token"),
}


def main() -> int:
    """Run one command; failures a person can act on are told without a traceback."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (_, help_text) in COMMANDS.items():
        commands.add_parser(name, help=help_text)
    making = commands.add_parser("release-plugin", help="release the bridge on a stage")
    making.add_argument("--stage", default=stack.STAGE)
    making.add_argument("--version", required=True)
    making.add_argument("--state", choices=["beta", "released"])
    making.add_argument("--rollout", type=int)
    changing = commands.add_parser("change-release", help="change a version that is there")
    changing.add_argument("--stage", default=stack.STAGE)
    changing.add_argument("--version", required=True)
    changing.add_argument("--state", choices=["beta", "released", "deprecated", "yanked"])
    changing.add_argument("--rollout", type=int, dest="rollout_percent")
    changing.add_argument("--halted", choices=["yes", "no"], dest="rollout_halted")
    changing.add_argument("--notice", dest="upgrade_notice")
    showing = commands.add_parser("releases", help="tell of every version")
    showing.add_argument("--stage", default=stack.STAGE)
    moving = commands.add_parser("redrive", help="put a stage's dead letters back on their queues")
    moving.add_argument("--stage", default=stack.STAGE)
    sam = commands.add_parser("sam", help="run the SAM command line from its own environment")
    sam.add_argument("arguments", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):  # also where a shell made us ignore the first
        signal.signal(number, _interrupt)
    try:
        if given.command == "sam":
            program = tools.environment(stack.TOOL) / "sam"
            environ = {**os.environ, "SAM_CLI_TELEMETRY": "0"}
            return subprocess.run([program, *given.arguments], env=environ, check=False).returncode
        if given.command == "redrive":
            redrive.run(given.stage)
        elif given.command == "release-plugin":
            releasing.run(given.stage, given.version, given.state, given.rollout)
        elif given.command == "change-release":
            releasing.change(given.stage, given.version, _wanted(given))
        elif given.command == "releases":
            releasing.show(given.stage)
        else:
            COMMANDS[given.command][0]()
    except (StageError, MissingToolError) as error:
        complain(f"\n{error}")
        return 1
    except KeyboardInterrupt:
        return 0 if given.command in {"logs", "demo"} else 130
    return 0


def _wanted(given: argparse.Namespace) -> dict[str, object]:
    """What is to be changed of a version, as the API wants it."""
    names = ("state", "rollout_percent", "rollout_halted", "upgrade_notice")
    wanted = {name: value for name in names if (value := getattr(given, name)) is not None}
    if "rollout_halted" in wanted:
        wanted["rollout_halted"] = wanted["rollout_halted"] == "yes"
    return wanted


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
