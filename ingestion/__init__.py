"""Operators' files become landed bytes and clean, typed rows; nothing is lost."""
