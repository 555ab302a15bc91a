"""Content: one piece of writing, its revisions and its text."""
