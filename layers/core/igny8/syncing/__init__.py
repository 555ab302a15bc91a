"""Keeping both sides true beside the single events: runs, the change pull, structure, new keys."""
