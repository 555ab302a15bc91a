"""The writers' API: content, publishing, the truth about delivery."""
