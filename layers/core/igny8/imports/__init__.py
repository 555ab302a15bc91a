"""Existing posts of a site: how they come in, and how both sides are proven equal."""
