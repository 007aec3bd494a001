"""A strict stand-in for Redshift, for tests only: a lint, and a wire proxy before Postgres.

It is not Redshift. README.md says what it shows and what it cannot show.
"""
