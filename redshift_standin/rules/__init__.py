"""The rules of the lint, by what they look at. A rule takes a statement and yields findings."""
