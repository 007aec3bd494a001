"""Clean rows become normalized rows: across files, by business date, typed and right-sized."""
