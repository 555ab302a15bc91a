"""IGNY8 integrations: carries content to customers' sites and keeps both sides true."""
