"""What a site consists of: post types, taxonomies, and which of them people chose."""
