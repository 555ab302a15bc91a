"""Integrations: the connection of one site to one platform, its gate and its history."""
