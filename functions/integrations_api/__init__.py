"""Sites, integrations, keys, history; and the bridge's pairing call."""
