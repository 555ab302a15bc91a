"""What a test leaves on the queues of its module's world reaches no other test, however late."""

from igny8.core.queue import Hint

from tests.support.aws import client, forget_messages
from tests.support.world import ACCOUNT, World


def test_late_hints_are_forgotten_too(shared: World) -> None:
    for hints in (shared.services.hints, shared.services.sync_hints):
        hints.send(Hint(ACCOUNT, 1, 2, 3), delay_seconds=600)
        hints.send(Hint(ACCOUNT, 1, 2, 3))
    assert left(shared) == [1, 1, 1, 1]
    forget_messages()
    assert left(shared) == [0, 0, 0, 0]


def left(world: World) -> list[int]:
    """How many messages are visible and how many are late, on either queue."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"]
    urls = (world.services.settings.publish_queue_url, world.services.settings.sync_queue_url)
    found = [
        client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        for url in urls
    ]
    return [int(attributes[name]) for attributes in found for name in names]
