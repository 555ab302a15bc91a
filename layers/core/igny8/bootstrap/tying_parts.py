"""Tying contents to posts: what the content API and that of integrations share."""

from functools import cached_property

from igny8.bootstrap.listening_parts import ListeningParts
from igny8.imports.tying import TyingService


class TyingParts(ListeningParts):
    """Ties contents to posts."""

    @cached_property
    def tying(self) -> TyingService:
        """What people say of a post that looks like a content."""
        return TyingService(
            store=self.publication_store,
            links=self.links,
            contents=self.content_store,
            integrations=self.integration_store,
            watch=self.listening,
            journal=self.journal,
            commit=self.commit,
            hints=self.hints,
            clock=self.clock,
        )
