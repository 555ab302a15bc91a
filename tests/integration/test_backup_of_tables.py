"""The local stage's own backup: what is newer goes, what is gone comes back, the rest is let be."""

from typing import Any

from local import tables
from tests.support.aws import client
from tests.support.world import World


class Cloud:
    """What the drill knows of a cloud."""

    def client(self, service: str) -> Any:
        return client(service)


def test_a_restore_takes_back_what_is_newer_and_brings_back_what_is_gone(world: World) -> None:
    settings = world.services.settings
    outputs = {"DataTableName": settings.data_table, "GatesTableName": settings.gates_table,
               "EventsTableName": settings.events_table}  # fmt: skip
    site = world.connected_site()
    contents = [world.content(site, title=f"Article {number}") for number in range(30)]
    where: Any = Cloud()
    backup = tables.back_up(where, outputs)
    path = f"/api/v1/writer/content/{contents[0]['id']}/"
    assert world.call("PATCH", path, {"title": "Newer"}).status == 200
    for content in contents[1:29]:
        gone = f"/api/v1/writer/content/{content['id']}/"
        assert world.call("DELETE", gone).status in {200, 204}
    made = world.content(site)
    key = world.key(site)["api_key"]
    assert tables.restore(where, backup) > 28
    assert tables.restore(where, backup) == 0, "twice is once"
    assert world.call("GET", path).data["title"] == "Article 0"
    listed = world.call("GET", f"/api/v1/writer/content/?site={site['id']}&limit=100").data
    assert {one["id"] for one in listed} == {one["id"] for one in contents}
    assert world.call("GET", f"/api/v1/writer/content/{made['id']}/").status == 404
    # Keys are not restored: the newer one still opens the door.
    assert world.told({**site, "api_key": key}, {"events": []}, kind="").status != 401
    assert world.told({**site, "api_key": key[:-1] + "x"}, {"events": []}, kind="").status == 401
