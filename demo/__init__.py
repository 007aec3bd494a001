"""A simulated franchise, and a local server that speaks the Drive v3 API."""
