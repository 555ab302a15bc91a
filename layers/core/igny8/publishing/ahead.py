"""The next content's text, read while a site takes its time over the one before.

A revision's text never changes, so that none is too old; one that turns out not to be wanted was a
read for nothing.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from igny8.content.model import Content
from igny8.publishing.model import Publication
from igny8.publishing.store import ContentBundle

Text = tuple[Content, str]
ReadText = Callable[[ContentBundle, Publication], Text]


class ReadAhead:
    """Reads texts for one worker at one site; at most one ahead, in a thread of its own."""

    def __init__(self, read: ReadText) -> None:
        self._read = read
        self._thread = ThreadPoolExecutor(1, "read-ahead")
        self._begun: tuple[ContentBundle, int, Future[Text]] | None = None

    def __enter__(self) -> "ReadAhead":
        """Start no thread yet: most workers read one text."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Wait for what is under way: nothing goes on when the worker has ended."""
        self._thread.shutdown(cancel_futures=True)

    def begin(self, bundle: ContentBundle, publication: Publication) -> None:
        """Read this one in the meantime."""
        future = self._thread.submit(self._read, bundle, publication)
        self._begun = (bundle, publication.content_rev, future)

    def __call__(self, bundle: ContentBundle, publication: Publication) -> Text:
        """The text that a publication pins, and its revision. Raises whatever reading raises."""
        begun, self._begun = self._begun, None
        # What was read of a bundle that was itself read anew since is not used.
        if begun is not None and begun[0] is bundle and begun[1] == publication.content_rev:
            return begun[2].result()
        return self._read(bundle, publication)
