"""Terms of sites by their ids there: a rename is one row, however many contents have the term."""
