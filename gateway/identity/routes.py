"""The addresses under ``/auth``: a browser's way in and out."""

from __future__ import annotations

from typing import Annotated, Any

import structlog
from litestar import MediaType, Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter
from litestar.response import Redirect

from contracts import api
from contracts.errors import InvalidRequest
from contracts.models import Model
from gateway.identity.failures import LoginFailed, Reason
from gateway.identity.identity import Identity
from gateway.identity.login import TRANSACTION_LIFETIME
from gateway.identity.pages import HEADERS, failure_page

_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}

ReturnTo = Annotated[
    str,
    Parameter(
        query="returnTo",
        max_length=2000,
        description="A path of this service, or an address of a portal that embeds it.",
    ),
]

log = structlog.get_logger()


class LoggedOut(Model):
    """``POST /auth/logout``: ``logout_url`` ends the session at the login provider too."""

    logout_url: str | None = None


@get("/login", status_code=302, media_type=MediaType.HTML)
async def login(identity: NamedDependency[Identity], return_to: ReturnTo = "/") -> Redirect:
    """Send the browser to the login provider; it comes back to ``returnTo``."""
    target = identity.origins.return_url(return_to)
    if target is None:
        raise LoginFailed(Reason.RETURN_REFUSED)
    url, transaction = await identity.logins.start(target)
    cookie = identity.cookies.login(transaction, TRANSACTION_LIFETIME)
    return Redirect(url, cookies=[cookie], headers=_PRIVATE)


@get("/callback", status_code=302, include_in_schema=False)
async def callback(
    request: Request[Any, Any, Any], identity: NamedDependency[Identity]
) -> Redirect:
    """Where the provider sends the browser back to."""
    cookies = identity.cookies
    citizen, return_to = await identity.logins.finish(
        request.query_params, request.cookies.get(cookies.login_name)
    )
    await identity.sessions.end(identity.session_id(request))
    session_id = await identity.sessions.begin(citizen)
    log.info("logged_in", acr=citizen.acr)
    return Redirect(
        return_to, cookies=[cookies.session(session_id), cookies.no_login()], headers=_PRIVATE
    )


@get("/session", responses={200: ResponseSpec(api.Session, description="Who is logged in.")})
async def session(
    request: Request[Any, Any, Any], identity: NamedDependency[Identity]
) -> Response[bytes]:
    """Whether somebody is logged in, and the token that every write must carry."""
    found = await identity.sessions.find(identity.session_id(request))
    if found is None:
        return _answer(api.Session(logged_in=False))
    return _answer(
        api.Session(
            logged_in=True,
            given_name=found.given_name,
            csrf_token=found.csrf_token,
            expires_at=found.expires_at,
        )
    )


@post("/logout", status_code=200, responses={200: ResponseSpec(LoggedOut)})
async def logout(
    request: Request[Any, Any, Any],
    identity: NamedDependency[Identity],
    return_to: ReturnTo = "/",
) -> Response[bytes]:
    """End the session here; then send the browser to ``logoutUrl``, if there is one."""
    await identity.current_citizen(request)
    target = identity.origins.return_url(return_to)
    if target is None:
        raise InvalidRequest("returnTo is not an address of ours or of a portal that we know.")
    await identity.sessions.end(identity.session_id(request))
    log.info("logged_out")
    url = await identity.logins.logout_url(target, identity.after_logout_url)
    answer = _answer(LoggedOut(logout_url=url))
    answer.set_cookie(identity.cookies.no_session())
    return answer


@get("/logged-out", status_code=302, include_in_schema=False)
async def logged_out(identity: NamedDependency[Identity], state: str = "") -> Redirect:
    """Where the provider sends the browser back to after a logout."""
    target = identity.logins.return_after_logout(state)
    return Redirect(target or "/", headers=_PRIVATE)


def identity_routes(identity: Identity) -> Router:
    """The routes under ``/auth``, ready to be added to the application."""

    def on_failure(request: Request[Any, Any, Any], failure: LoginFailed) -> Response[str]:
        log.warning("login_failed", reason=failure.reason, said=failure.said)
        language = request.headers.get("Accept-Language", "")
        status, page = failure_page(failure, language, identity.login_url)
        return Response(
            page,
            status_code=status,
            media_type=MediaType.HTML,
            headers=HEADERS,
            cookies=[identity.cookies.no_login()],
        )

    return Router(
        path="/auth",
        route_handlers=[login, callback, session, logout, logged_out],
        dependencies={"identity": Provide(lambda: identity, sync_to_thread=False)},
        exception_handlers={LoginFailed: on_failure},
        tags=["auth"],
    )


def _answer(model: Model) -> Response[bytes]:
    return Response(
        model.model_dump_json(exclude_none=True).encode(),
        media_type=MediaType.JSON,
        headers=_PRIVATE,
    )
