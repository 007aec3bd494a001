"""The time zones that a restaurant may be in, for clean, normalize and the settings alike."""

from zoneinfo import available_timezones

# `Factory` says that nobody has set a clock, `localtime` is whatever this machine's clock shows
NO_PLACES = {"Factory", "localtime"}
TIME_ZONES = frozenset(available_timezones() - NO_PLACES)
