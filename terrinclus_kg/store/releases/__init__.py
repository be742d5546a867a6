"""Releases on disk: what they hold, how one is written and verified, in canonical lines."""
