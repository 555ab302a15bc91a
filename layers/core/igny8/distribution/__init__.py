"""The bridge's releases: what is accepted, signed, offered and withdrawn."""
