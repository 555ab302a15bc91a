"""The only place that picks concrete parts: one module a function, each made once a process.

A start makes tens of thousands of objects that stay, and the garbage collector would walk them
again and again: a seventh of a cold start. So it rests from here, the first import of every
function, until `resources.once` has been called, and leaves alone what was there by then.
"""

import gc

gc.disable()


def collect_garbage() -> None:
    """Let the collector work from now on; what there is stays for as long as the process."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
