"""Talking to the bridge on a WordPress site."""
