"""Limits: what one caller can take of what others need too."""
