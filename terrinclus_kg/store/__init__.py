"""The engine room: releases on disk, the one writer, and readers that a query cannot stop.

Those who ask meet `reader.Reader`, those who publish `writer.Writer`; beside them stand `layout` (which
releases there are), `dataset` (canonical lines), `parsing` (foreign files) and `verify`. Only the modules of
this package open a store.
"""
