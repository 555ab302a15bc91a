"""Cleaning: what a deleted content leaves behind is removed step by step, until nothing is left."""
