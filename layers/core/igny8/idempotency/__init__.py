"""A request that creates something, sent twice, creates it once."""
