"""What every implementation of `igny8.core.rows.Tables` does; run against each by its own tests."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest
from igny8.admission.store import GATES_TABLE
from igny8.core.rows import ConditionLost, Query, Row, Tables, Write
from igny8.core.table import DATA, delete, difference, put, update
from igny8.core.table import check as require
from igny8.journal.store import EVENTS_TABLE
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

_numbers = count(1)


class Thing(Model):
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    due_integration = UnicodeAttribute(null=True)
    due_at = NumberAttribute(null=True)
    name = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)


class Line(Model):
    """A row as history has it: ordered by a number."""

    integration_key = UnicodeAttribute(hash_key=True)
    event_id = NumberAttribute(range_key=True)
    content_key = UnicodeAttribute(null=True)
    name = UnicodeAttribute(null=True)


class Door(Model):
    """A row as gates are: one by itself, without a sort key."""

    integration_key = UnicodeAttribute(hash_key=True)
    reason = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)


def _name(row: Row) -> str:
    return row["name"]["S"]


class Cases:
    """One partition a case, so that they do not meet on a stage that is kept."""

    def __init__(self, tables: Tables, run: str = "") -> None:
        self.tables = tables
        self.partition = f"TEST#{run}#{next(_numbers)}"

    def key(self, sk: str = "a") -> Row:
        return DATA.key(self.partition, sk)

    def thing(self, sk: str = "a", **fields: Any) -> Thing:
        return Thing(self.partition, sk, **fields)

    def put(self, sk: str = "a", **fields: Any) -> None:
        self.tables.commit([put("thing", DATA, self.thing(sk, **fields))])

    def row(self, sk: str = "a") -> Row | None:
        return self.tables.get(DATA, self.key(sk))

    def loses(self, *writes: Write) -> dict[str, Any]:
        before = self.all()
        with pytest.raises(ConditionLost) as lost:
            self.tables.commit(writes)
        assert self.all() == before, "all or none"
        return lost.value.rows

    def all(self, **more: Any) -> list[Row]:
        return self.tables.query(
            Query(table=DATA, partition=("pk", self.partition), consistent=True, **more)
        )


def reads_what_was_put(case: Cases) -> None:
    assert case.row() is None
    case.put(name="Tea & <Coffee> ☕", version=3)
    assert case.row() == case.thing(name="Tea & <Coffee> ☕", version=3).serialize()
    case.put(name="other")
    assert case.row() == case.thing(name="other").serialize(), "a put replaces the row whole"


def a_single_write_keeps_its_condition(case: Cases) -> None:
    missing = Thing.pk.does_not_exist()
    first = put("thing", DATA, case.thing(name="first"), missing, found=_name)
    case.tables.commit([first])
    assert case.loses(put("thing", DATA, case.thing(name="second"), missing, found=_name)) == {
        "thing": "first"
    }
    assert case.loses(put("thing", DATA, case.thing(name="third"), missing)) == {"thing": None}
    assert case.loses(delete("gone", DATA, case.key("b"), Thing.pk.exists())) == {"gone": None}


def a_transaction_writes_all_or_nothing(case: Cases) -> None:
    case.put("a", name="a", version=1)
    fine = put("new", DATA, case.thing("b"), Thing.pk.does_not_exist())
    stale = update("a", DATA, case.key(), [Thing.name.set("x")], Thing.version == 2, found=_name)
    assert case.loses(fine, stale) == {"a": "a"}
    assert case.loses(fine, require("check", DATA, case.key(), Thing.version > 1)) == {
        "check": None
    }
    held = require("check", DATA, case.key(), Thing.version == 1)
    case.tables.commit([fine, held, delete("old", DATA, case.key("z"))])
    assert len(case.all()) == 2


def several_lost_conditions_are_all_named(case: Cases) -> None:
    case.put("a", name="a", version=1)
    case.put("b", name="b", version=1)
    writes = [
        update(name, DATA, case.key(name), [Thing.version.add(1)], Thing.version == 9, found=_name)
        for name in ("a", "b")
    ]
    assert case.loses(*writes) == {"a": "a", "b": "b"}


def an_update_changes_what_it_names(case: Cases) -> None:
    case.put(name="a", version=1, due_at=5, due_integration=case.partition)
    changes = [Thing.version.add(1), Thing.due_at.remove(), Thing.name.set("b")]
    case.tables.commit([update("thing", DATA, case.key(), changes)])
    after = case.thing(name="b", version=2, due_integration=case.partition)
    assert case.row() == after.serialize()
    case.tables.commit([update("thing", DATA, case.key("new"), [Thing.version.add(1)])])
    assert case.row("new") == case.thing("new", version=1).serialize(), "an absent row is made"


def a_difference_makes_one_of_the_other(case: Cases) -> None:
    before = case.thing(name="a", version=1, due_at=4)
    after = case.thing(version=2, due_at=4, due_integration="I#1")
    case.tables.commit([put("thing", DATA, before)])
    changes = difference(before, after)
    assert len(changes) == 3
    case.tables.commit([update("thing", DATA, case.key(), changes)])
    assert case.row() == after.serialize()


def conditions_mean_what_dynamodb_means(case: Cases) -> None:
    case.put(name="tea", version=10)
    holds = [
        Thing.version == 10,
        Thing.version >= 10,
        (Thing.version < 10) | (Thing.name == "tea"),
        (Thing.version > 9) & Thing.due_at.does_not_exist(),
        Thing.version.between(9, 10),
        Thing.name.startswith("te"),
        ~(Thing.name == "coffee"),
        Thing.name != "coffee",
    ]
    fails = [
        Thing.version < 10,
        Thing.due_at <= 10,  # what is absent compares to nothing
        Thing.due_at.exists(),
        (Thing.version == 10) & (Thing.name == "coffee"),
        Thing.version == 1,
    ]
    for condition in holds:
        case.tables.commit([require("c", DATA, case.key(), condition), _touch(case)])
    for condition in fails:
        assert case.loses(require("c", DATA, case.key(), condition), _touch(case)) == {"c": None}


def _touch(case: Cases) -> Write:
    return put("touch", DATA, case.thing("touched"))


def queries_in_key_order(case: Cases) -> None:
    for sk in ("b", "a", "PUB#1", "META", "c"):
        case.put(sk)
    assert [row["sk"]["S"] for row in case.all()] == ["META", "PUB#1", "a", "b", "c"]
    newest = case.all(newest_first=True, limit=2)
    assert [row["sk"]["S"] for row in newest] == ["c", "b"]
    within = case.all(within=Thing.sk.between("META", "PUB#~"))
    assert [row["sk"]["S"] for row in within] == ["META", "PUB#1"]
    assert [row["sk"]["S"] for row in case.all(within=Thing.sk.startswith("P"))] == ["PUB#1"]


def sparse_indexes_hold_keys_alone(case: Cases) -> None:
    for sk, due_at in (("a", 30), ("b", 9), ("c", 100)):
        case.put(sk, due_integration=case.partition, due_at=due_at, name="n")
    case.put("rests", due_integration=case.partition)
    rows = case.tables.query(
        Query(
            table=DATA, index="due_by_integration", partition=("due_integration", case.partition),
            within=Thing.due_at <= 30, limit=5,
        )
    )  # fmt: skip
    assert [row["sk"]["S"] for row in rows] == ["b", "a"]
    assert all("name" not in row for row in rows)
    assert DATA.key_of(rows[0]) == case.key("b")


def many_rows_at_once(case: Cases) -> None:
    names = [f"{number:03}" for number in range(120)]
    for start in range(0, 120, 40):
        case.tables.commit(
            [put(name, DATA, case.thing(name)) for name in names[start : start + 40]]
        )
    keys = [case.key(name) for name in [*names, "absent"]]
    found = case.tables.get_many(DATA, keys, consistent=True)
    assert sorted(row["sk"]["S"] for row in found) == names
    present = case.tables.present(DATA, keys)
    assert sorted(present, key=repr) == [case.key(name) for name in names]
    assert case.tables.present(DATA, []) == []


def of_many_at_once_one_wins(case: Cases) -> None:
    case.put(version=0)

    def take(number: int) -> bool:
        row = case.row()
        assert row is not None
        changes = [Thing.version.set(1), Thing.name.set(str(number))]
        try:
            case.tables.commit(
                [update("a", DATA, case.key(), changes, Thing.version == 0), _own(case, number)]
            )
        except ConditionLost:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == 1
    assert len(case.all()) == 2


def _own(case: Cases, number: int) -> Write:
    return put("own", DATA, case.thing(f"taken {number}"))


def numbers_order_as_numbers(case: Cases) -> None:
    """Not as text, where 9 comes after 10, and 2**53 - 1 is whole."""
    largest = 2**53 - 1
    for number in (9, 100, largest, 10):
        line = Line(case.partition, number, content_key=case.partition, name=str(number))
        case.tables.commit([put("line", EVENTS_TABLE, line)])
    key = EVENTS_TABLE.key(case.partition, largest)
    assert case.tables.get(EVENTS_TABLE, key) is not None
    assert len(case.tables.get_many(EVENTS_TABLE, [key, EVENTS_TABLE.key(case.partition, 9)])) == 2

    def ids(**more: Any) -> list[int]:
        query = Query(table=EVENTS_TABLE, partition=("integration_key", case.partition), **more)
        return [int(row["event_id"]["N"]) for row in case.tables.query(query)]

    assert ids() == [9, 10, 100, largest]
    assert ids(newest_first=True, limit=2) == [largest, 100]
    assert ids(within=Line.event_id < 100) == [9, 10]
    assert ids(within=Line.event_id.between(10, 100), newest_first=True) == [100, 10]
    indexed = Query(
        table=EVENTS_TABLE, index="by_content", partition=("content_key", case.partition),
        newest_first=True, limit=3,
    )  # fmt: skip
    rows = case.tables.query(indexed)
    assert [int(row["event_id"]["N"]) for row in rows] == [largest, 100, 10]
    assert all("name" not in row for row in rows)
    assert EVENTS_TABLE.key_of(rows[2]) == EVENTS_TABLE.key(case.partition, 10)


def a_number_key_is_written_once(case: Cases) -> None:
    line = put("line", EVENTS_TABLE, Line(case.partition, 10), Line.event_id.does_not_exist())
    case.tables.commit([line])
    with pytest.raises(ConditionLost):
        case.tables.commit([line])
    case.tables.commit([delete("line", EVENTS_TABLE, EVENTS_TABLE.key(case.partition, 10))])
    case.tables.commit([line])


def a_row_without_a_sort_key_is_found_by_its_hash(case: Cases) -> None:
    key, other = GATES_TABLE.key(case.partition), GATES_TABLE.key(f"{case.partition}#2")
    assert case.tables.get(GATES_TABLE, key) is None
    fresh = Door.version.does_not_exist()
    opened = [Door.version.set(1), Door.reason.set("auth")]
    case.tables.commit([update("gate", GATES_TABLE, key, opened, fresh)])
    assert case.tables.get(GATES_TABLE, key) == {
        **key, "version": {"N": "1"}, "reason": {"S": "auth"},
    }  # fmt: skip
    with pytest.raises(ConditionLost):
        case.tables.commit([update("gate", GATES_TABLE, key, opened, fresh)])
    case.tables.commit([update("gate", GATES_TABLE, key, [Door.reason.remove()])])
    case.tables.commit([put("gate", GATES_TABLE, Door(f"{case.partition}#2", version=7))])
    found = case.tables.get_many(GATES_TABLE, [key, other, GATES_TABLE.key("TEST#absent")])
    assert sorted(int(row["version"]["N"]) for row in found) == [1, 7]
    assert GATES_TABLE.key_of(found[0]) in (key, other)
    case.tables.commit([delete("gate", GATES_TABLE, key, Door.version == 1)])
    assert case.tables.get(GATES_TABLE, key) is None


def tables_are_written_together(case: Cases) -> None:
    key = GATES_TABLE.key(case.partition)
    case.tables.commit([put("gate", GATES_TABLE, Door(case.partition, version=1))])

    def writes(version: int) -> list[Write]:
        return [
            put("thing", DATA, case.thing(name="told")),
            put("line", EVENTS_TABLE, Line(case.partition, 1)),
            update("gate", GATES_TABLE, key, [Door.version.add(1)], Door.version == version),
        ]

    with pytest.raises(ConditionLost) as lost:
        case.tables.commit(writes(9))
    assert set(lost.value.rows) == {"gate"}
    assert case.all() == []
    assert case.tables.get(EVENTS_TABLE, EVENTS_TABLE.key(case.partition, 1)) is None
    case.tables.commit(writes(1))
    assert len(case.all()) == 1
    gate = case.tables.get(GATES_TABLE, key)
    assert gate is not None
    assert gate["version"] == {"N": "2"}


CASES: list[Callable[[Cases], None]] = [
    reads_what_was_put,
    a_single_write_keeps_its_condition,
    a_transaction_writes_all_or_nothing,
    several_lost_conditions_are_all_named,
    an_update_changes_what_it_names,
    a_difference_makes_one_of_the_other,
    conditions_mean_what_dynamodb_means,
    queries_in_key_order,
    sparse_indexes_hold_keys_alone,
    many_rows_at_once,
    of_many_at_once_one_wins,
    numbers_order_as_numbers,
    a_number_key_is_written_once,
    a_row_without_a_sort_key_is_found_by_its_hash,
    tables_are_written_together,
]
