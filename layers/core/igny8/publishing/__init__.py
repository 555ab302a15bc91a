"""Publishing: intents, deliveries, and the truth about both."""
