"""Carries out what people want published all at once."""
