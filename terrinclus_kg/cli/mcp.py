"""``mcp``: the graph for assistants, over the Model Context Protocol."""

from __future__ import annotations

import click

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import ConfigurationError


@click.command()
@click.pass_obj
def mcp(settings: Settings) -> None:
    """Serve the current release to an assistant over standard input and output (Model Context Protocol).

    Read-only. Needs the extra: pip install 'terrinclus-kg[mcp]'.
    """
    try:
        from terrinclus_kg.mcp import door
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("mcp", "mcp_types"):
            raise
        raise ConfigurationError("the extra for assistants is missing: pip install 'terrinclus-kg[mcp]'") from None
    door.serve(settings)
