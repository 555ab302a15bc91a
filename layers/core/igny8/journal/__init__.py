"""History: one sync event for every operation in either direction."""
