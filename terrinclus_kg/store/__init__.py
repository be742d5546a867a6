"""The engine room: releases on disk, the one writer, and readers that a query cannot stop.

The whole face is `Reader` (ask, select, construct → bytes and release id) and `Writer` (build and
publish a release). Only the modules of this package open a store.
"""
