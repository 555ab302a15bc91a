"""Publishing many contents at once: a batch that is stored, carried out by a worker, followed."""
