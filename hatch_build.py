"""A wheel has the widget in it, or it is not built: without it every page of a gateway is empty."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WithTheWidget(BuildHookInterface[Any]):
    """Looks before a wheel is built. What is installed editably reads the checkout, later on."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Refuse where Vite has built nothing."""
        del build_data
        built = Path(self.root, "profile_widget", "dist")
        if version != "editable" and not built.is_dir():
            raise SystemExit(
                f"The widget is not built ({built} is not there): run `make run` first."
            )
