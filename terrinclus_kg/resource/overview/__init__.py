"""What many things look like together: where they are, when they were, how they are linked, which goals they serve.

Each module asks a few named queries that count in the store and have a bound, keeps their answers for as long
as the release lasts, and says where there is more than it gives.
"""
