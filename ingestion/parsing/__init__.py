"""From delivered bytes to records: unpack, decode, split into lines, parse."""
