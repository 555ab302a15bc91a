"""The one exception of the local stage that is shown without a traceback."""


class StageError(RuntimeError):
    """Something a person can act on; the text says what happened and what to do."""
