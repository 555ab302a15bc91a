"""Serves publish hints from SQS."""
