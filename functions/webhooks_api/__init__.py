"""What the bridge tells: statuses, metadata, batches of events."""
