"""What WordPress tells us: events of posts, their order, and what they change here."""
