"""Sites: a customer's website, which holds the site API key."""
