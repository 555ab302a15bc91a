"""Which content a WordPress post belongs to, and how many posts of each type do."""
