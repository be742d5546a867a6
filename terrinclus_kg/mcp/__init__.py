"""The graph for assistants, over the Model Context Protocol: read-only, with the limits that the service has.

`tools` are what an assistant may call, plain functions; `told` puts what they find into plain values, with IRIs and
sources; `door` is the only place that knows the SDK, which is an optional dependency (``[mcp]``).
"""
