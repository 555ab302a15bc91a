"""Scheduled runs that find work that should have happened."""
