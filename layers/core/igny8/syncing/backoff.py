"""When to try again what a site did not let us do."""

LONGEST_DOUBLING = 4
"""5, 10, 20, 40, 80 minutes."""
LONGEST_SECONDS = 21_600
"""A site that is down for days is asked four times a day, unless it is known to be back."""


def after_tries(base_seconds: int, tries: int) -> int:
    """Seconds until the next try.

    >>> [after_tries(300, tries) for tries in (0, 1, 9)]
    [300, 600, 4800]
    """
    return int(base_seconds * 2 ** min(tries, LONGEST_DOUBLING))


def after_refusals(base_seconds: int, refusals: int) -> int:
    """Seconds until a site that refused so often before is asked again.

    >>> [after_refusals(300, refusals) for refusals in (0, 1, 6, 7, 99)]
    [300, 600, 19200, 21600, 21600]
    """
    return min(int(base_seconds * 2 ** min(refusals, 30)), LONGEST_SECONDS)


def after_vain(base_seconds: int, looks: int) -> int:
    """Seconds until everything is looked at again, after so many looks that found nothing.

    >>> [after_vain(21_600, looks) // 3_600 for looks in (0, 1, 5, 99)]
    [6, 12, 192, 192]
    """
    return int(base_seconds * 2 ** min(looks, 5))
