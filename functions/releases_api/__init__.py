"""The API of who makes releases."""
