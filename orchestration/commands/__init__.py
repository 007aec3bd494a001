"""The commands of `franchise`, by what they are for: steps, results, upkeep."""
