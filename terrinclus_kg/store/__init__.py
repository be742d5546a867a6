"""The engine room: releases on disk, the one writer, and readers that a query cannot stop.

Those who ask meet `reader.Reader`, those who publish `releases.writer.Writer`. Only the modules of this package
open a store.
"""
