"""What the API functions share: routing, credentials, errors, envelope."""
