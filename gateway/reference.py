"""The API reference page: Swagger UI served from our own files, so that it needs no internet."""

from __future__ import annotations

from litestar.openapi.plugins import SwaggerRenderPlugin

_FOLDER = "/widget/reference"

REFERENCE = SwaggerRenderPlugin(
    path="/",
    js_url=f"{_FOLDER}/swagger-ui-bundle.js",
    css_url=f"{_FOLDER}/swagger-ui.css",
    standalone_preset_js_url=f"{_FOLDER}/swagger-ui-standalone-preset.js",
    favicon="<link rel='icon' href='data:,'>",
)
