"""The terms of a site, which an import reads before any post: a page of a taxonomy a message.

What a page tells is kept before its end is written down with the plan; a page that comes again
finds it done.
"""

from dataclasses import replace

from igny8.imports.ancestors import term_of
from igny8.imports.reading import SiteRepeatsItself, TermPage, read_terms
from igny8.inbound.model import Inbox
from igny8.syncing.outcomes import Outcome, Outcomes
from igny8.syncing.run import Pull, Run, RunState, Terms
from igny8.syncing.run_store import RunStore
from igny8.syncing.site_answers import REFUSALS, Strange, position_told
from igny8.syncing.work import Work
from igny8.terms.service import TermService

PAGE = 500
MOST = 100_000
"""Terms of a taxonomy; what is above them is left as it is."""


class TermPages:
    """Takes one page after the other."""

    def __init__(self, *, terms: TermService, runs: RunStore, outcomes: Outcomes) -> None:
        self._terms = terms
        self._runs = runs
        self._outcomes = outcomes

    def page(self, work: Work, run: Run, pull: Pull, terms: Terms, inbox: Inbox) -> Outcome:
        """Take the next page; a taxonomy that the site does not tell of is passed over.

        Raises :class:`Strange`, :class:`SiteRepeatsItself`, :class:`Unavailable`.
        """
        taxonomy = terms.taxonomies[0]
        answer = work.client.terms(work.target, taxonomy=taxonomy, after=terms.after, limit=PAGE)
        if answer.ours and answer.code in REFUSALS:
            return self._done(work, run, pull, _next(terms))
        if not (answer.ours and answer.success):
            return replace(self._outcomes.refused(work.visit, answer), ends_turn=True)
        if not inbox.fits_now(position_told(answer)):
            raise Strange
        told = read_terms(answer, after=terms.after, limit=PAGE)
        if told.next_after is not None and not told.listed:
            raise SiteRepeatsItself
        self._terms.told(
            work.owner,
            taxonomy,
            [term_of(taxonomy, term) for term in told.terms],
            listed=told.listed,
            after=terms.after,
            until=told.next_after,
        )
        terms = _moved(terms, told)
        if told.next_after is not None and terms.seen < MOST:
            return self._done(work, run, pull, replace(terms, after=told.next_after))
        if terms.nested:
            self._terms.rooted(work.owner, taxonomy)
        return self._done(work, run, pull, _next(terms))

    def _done(self, work: Work, run: Run, pull: Pull, left: Terms | None) -> Outcome:
        """Write down how far the page came."""
        cursor = f"terms:{left.taxonomies[0]}:{left.after}" if left else run.cursor
        run = replace(
            run,
            state=RunState.RUNNING,
            reason=None,
            cursor=cursor,
            pull=replace(pull, terms=left, stalls=0),
        )
        kept = self._outcomes.kept(run, [self._runs.went_on(work.owner, run)])
        return replace(kept, ends_turn=True)


def _moved(terms: Terms, told: TermPage) -> Terms:
    nested = terms.nested or any(term.parent for term in told.terms)
    return replace(terms, seen=terms.seen + len(told.listed), nested=nested)


def _next(terms: Terms) -> Terms | None:
    """The taxonomies after this one."""
    left = terms.taxonomies[1:]
    return Terms(taxonomies=left) if left else None
