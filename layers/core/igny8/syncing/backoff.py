"""When to try again what a site did not let us do."""

LONGEST_DOUBLING = 4
"""5, 10, 20, 40, 80 minutes."""


def after_tries(base_seconds: int, tries: int) -> int:
    """Seconds until the next try.

    >>> [after_tries(300, tries) for tries in (0, 1, 9)]
    [300, 600, 4800]
    """
    return int(base_seconds * 2 ** min(tries, LONGEST_DOUBLING))
