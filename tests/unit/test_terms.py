"""Terms by what was told of them: names that they had, and what they are below."""

import time

from igny8.terms.model import MOST_FORMER, MOST_LEVELS, Term, TermState, path_of, roots


def term(number: int, parent: int = 0, name: str | None = None) -> Term:
    return Term(
        taxonomy="category", wordpress_id=number, name=name or f"N{number}", parent=parent,
        told=parent,
    )  # fmt: skip


def test_what_is_in_a_circle_or_below_nothing_is_a_root() -> None:
    told = {1: 2, 2: 3, 3: 1, 4: 3, 5: 5, 6: 99, 7: 4}
    assert roots(told) == {1: 0, 2: 0, 3: 0, 4: 3, 5: 0, 6: 0, 7: 4}


def test_a_long_chain_of_terms_is_gone_through_once() -> None:
    begun = time.process_time()
    assert len(roots({n: n + 1 for n in range(1, 50_001)})) == 50_000
    assert time.process_time() - begun < 2


def test_a_path_goes_from_the_root_to_the_leaf_and_ends_whatever_is_told() -> None:
    known = {one.id: one for one in (term(1), term(2, 1), term(3, 2), term(4, 5), term(5, 4))}
    names = [path_of(one, known) for one in known.values()]
    assert names == [["N1"], ["N1", "N2"], ["N1", "N2", "N3"], ["N5", "N4"], ["N4", "N5"]]
    known[term(1).id] = term(1).gone()
    assert path_of(term(3, 2), known) == ["N2", "N3"]
    deep = {one.id: one for one in (term(n, n - 1) for n in range(1, 50))}
    assert path_of(term(49, 48), deep) == [f"N{n}" for n in range(50 - MOST_LEVELS, 50)]


def test_names_that_a_term_had_are_kept_each_once_the_newest_first() -> None:
    known = term(1, name="Tea")
    for name in ("Chai", "Tea", "Thee", "Chai"):
        known = known.now(term(1, name=name))
    assert (known.name, known.former) == ("Chai", ("Thee", "Tea"))
    for number in range(20):
        known = known.now(term(1, name=f"Tea {number}"))
    assert known.former[:2] == ("Tea 18", "Tea 17")
    assert len(known.former) == MOST_FORMER


def test_a_term_that_was_made_a_root_stays_one_until_it_is_told_otherwise() -> None:
    known = Term(taxonomy="category", wordpress_id=3, name="N3", parent=0, told=9)
    assert known.now(term(3, 9)).parent == 0
    assert known.now(term(3, 4)).parent == 4
    assert known.gone().now(term(3, 9)).parent == 9
    assert known.gone().now(term(3, 9)).state is TermState.LIVE
