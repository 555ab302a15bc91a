"""The writers' API: content, publishing, publications."""
