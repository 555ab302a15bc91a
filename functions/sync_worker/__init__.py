"""Serves sync hints from SQS."""
