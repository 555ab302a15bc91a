"""What works between a site and us, and what does not, each with what to do."""
