"""The addresses under ``/auth``: a browser's way in and out."""

from __future__ import annotations

from typing import Annotated, Any

import structlog
from litestar import MediaType, Request, Response, Router, get, post
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter
from litestar.response import Redirect

from contracts.api import Session
from contracts.errors import InvalidRequest
from contracts.models import Model
from gateway.identity.failures import LoginFailed, Reason
from gateway.identity.identity import Identity
from gateway.identity.login import TRANSACTION_LIFETIME
from gateway.identity.pages import HEADERS, failure_page
from gateway.language import language_of
from gateway.routes.documentation import problems

ReturnTo = Annotated[
    str,
    QueryParameter(
        name="returnTo",
        max_length=2000,
        description="A path of this service, or an address of a portal that embeds it.",
    ),
]

log = structlog.get_logger()


class LoggedOut(Model):
    """``POST /auth/logout``: ``logout_url`` ends the session at the login provider too."""

    logout_url: str | None = None


@get("/login", operation_id="logIn", summary="Log in at the provider", status_code=302)
async def log_in(identity: NamedDependency[Identity], return_to: ReturnTo = "/") -> Redirect:
    """Send the browser to the login provider; it comes back to ``returnTo``."""
    target = identity.origins.return_url(return_to)
    if target is None:
        raise LoginFailed(Reason.RETURN_REFUSED)
    url, transaction = await identity.logins.start(target)
    return Redirect(url, cookies=[identity.cookies.login(transaction, TRANSACTION_LIFETIME)])


@get("/callback", include_in_schema=False, status_code=302)
async def callback(
    request: Request[Any, Any, Any], identity: NamedDependency[Identity]
) -> Redirect:
    """Where the provider sends the browser back to."""
    cookies = identity.cookies
    citizen, return_to = await identity.logins.finish(
        request.query_params, request.cookies.get(cookies.login_name)
    )
    # Always a new id: one that somebody planted in this browser must not become a login.
    await identity.sessions.end(identity.session_id(request))
    session_id = await identity.sessions.begin(citizen)
    log.info("logged_in", acr=citizen.acr)
    return Redirect(return_to, cookies=[cookies.session(session_id), cookies.no_login()])


@get("/session", operation_id="getSession", summary="Whether somebody is logged in")
async def session(request: Request[Any, Any, Any], identity: NamedDependency[Identity]) -> Session:
    """Also the token that every write must carry in its ``CSRF-Token`` header."""
    found = await identity.sessions.find(identity.session_id(request))
    if found is None:
        return Session(logged_in=False)
    return Session(
        logged_in=True,
        given_name=found.given_name,
        person=identity.sessions.person(found),
        csrf_token=found.csrf_token,
        expires_at=found.expires_at,
    )


@post(
    "/logout",
    operation_id="logOut",
    summary="Log out",
    status_code=200,
    responses=problems(400, 401, 403),
)
async def log_out(
    request: Request[Any, Any, Any],
    identity: NamedDependency[Identity],
    return_to: ReturnTo = "/",
) -> Response[LoggedOut]:
    """Ends the session here; then send the browser to ``logoutUrl``, if there is one."""
    await identity.current_citizen(request)
    target = identity.origins.return_url(return_to)
    if target is None:
        raise InvalidRequest("returnTo is neither ours nor of a portal that we know.")
    await identity.sessions.end(identity.session_id(request))
    log.info("logged_out")
    url = await identity.logins.logout_url(target, identity.after_logout_url)
    return Response(LoggedOut(logout_url=url), cookies=[identity.cookies.no_session()])


@get("/logged-out", include_in_schema=False, status_code=302)
async def logged_out(
    request: Request[Any, Any, Any], identity: NamedDependency[Identity]
) -> Redirect:
    """Where the provider sends the browser back to after a logout."""
    state = request.query_params.get("state", "")
    return Redirect(identity.logins.return_after_logout(state) or "/")


def identity_routes(identity: Identity) -> Router:
    """The routes under ``/auth``, ready to be added to the application."""

    def on_failure(request: Request[Any, Any, Any], failure: LoginFailed) -> Response[str]:
        log.warning("login_failed", reason=failure.reason.value, said=failure.said)
        status, page = failure_page(failure, language_of(request), identity.login_url)
        return Response(
            page,
            status_code=status,
            media_type=MediaType.HTML,
            headers=HEADERS,
            cookies=[identity.cookies.no_login()],
        )

    return Router(
        path="/auth",
        route_handlers=[log_in, callback, session, log_out, logged_out],
        dependencies={"identity": Provide(lambda: identity, sync_to_thread=False)},
        exception_handlers={LoginFailed: on_failure},
        cache_control=CacheControlHeader(no_store=True),
        tags=["auth"],
    )
