"""What becomes of content by itself, where its site wants that."""
