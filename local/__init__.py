"""The local stage: the real template on a local cloud, beside a real WordPress. No product code."""
