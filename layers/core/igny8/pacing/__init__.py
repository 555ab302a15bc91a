"""How fast a site's content may go out: settings, slots, and what was spent of the limits."""
