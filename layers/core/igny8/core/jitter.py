"""Chance for waits. A seeded generator would be copied with a process that is snapshotted."""

import random

uniform = random.SystemRandom().uniform
"""Draws between two numbers, from the machine's own randomness."""
