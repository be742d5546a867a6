"""Explanations of queries: their algebra, and what it says of their cost."""
