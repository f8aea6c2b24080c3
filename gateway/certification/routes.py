"""``/certificates``: the public page, and each certificate as a report, a file and a badge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from contracts.errors import ResourceNotFound
from gateway.certification.badge import badge
from gateway.certification.html import HEADERS, list_page, report_page
from gateway.certification.published import Contents, Published, Shown
from gateway.language import language_of

__all__ = ["Published", "certificate_routes"]

_PLAIN = {"Cache-Control": "public, max-age=300"}
# An SVG opened by itself is a page too: it may load and run nothing.
_PICTURE = {**_PLAIN, "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


def certificate_routes(published: Published) -> list[HTTPRouteHandler]:
    """The handlers."""

    @get("/certificates", include_in_schema=False)
    async def all_certificates(request: Request[Any, Any, Any]) -> Response[str]:
        contents, language = await published.contents(), language_of(request)
        entries = [shown.entry for shown in contents.shown.values()]
        return Response(
            list_page(entries, contents.without, language),
            media_type=MediaType.HTML,
            headers={**HEADERS, "Content-Language": language},
        )

    @get("/certificates/{file:str}", include_in_schema=False)
    async def one_file(request: Request[Any, Any, Any], file: FromPath[str]) -> Response[str]:
        contents = await published.contents()
        if file == "keys.json":
            return Response(
                contents.trust.as_json(),
                media_type="application/jwk-set+json",
                headers=_PLAIN,
            )
        name, _, kind = file.rpartition(".")
        if kind in _FILES:
            return _FILES[kind](_shown(contents, name))
        shown, language = _shown(contents, file), language_of(request)
        if shown.report is None:
            raise ResourceNotFound("The report behind this certificate is not published here.")
        page = report_page(shown.entry, shown.report, language)
        return Response(
            page, media_type=MediaType.HTML, headers={**HEADERS, "Content-Language": language}
        )

    return [all_certificates, one_file]


def _shown(contents: Contents, name: str) -> Shown:
    try:
        return contents.shown[name]
    except KeyError:
        raise ResourceNotFound("There is no such certificate here.") from None


def _token(shown: Shown) -> Response[str]:
    return Response(shown.read.token + "\n", media_type="application/jose", headers=_PLAIN)


def _badge(shown: Shown) -> Response[str]:
    return Response(badge(shown.level), media_type="image/svg+xml", headers=_PICTURE)


_FILES: dict[str, Callable[[Shown], Response[str]]] = {"jws": _token, "svg": _badge}
