"""Admission: may this site be served, and by whom; what its answers say about the site itself."""
