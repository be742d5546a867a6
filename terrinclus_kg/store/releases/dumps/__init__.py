"""All that a release holds, as files in other formats than its sorted N-Quads.

They are made from the dump and the labels alone, so of any release, whenever; `files.write` makes them all.
"""
