"""Where a login may return to, and which pages may write."""

from __future__ import annotations

import pytest

from contracts.errors import CsrfRejected
from gateway.identity.cookies import Cookies
from gateway.identity.origins import Origins
from tests.gateway.identity.conftest import PORTAL, Site

OURS = "https://poort.example"
TOKEN = "the token"
ORIGINS = Origins(OURS, [PORTAL])
ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "https://evil.example",
    "https://portal.example@evil.example",
    "https://portal.example:443@evil.example/",
    "https://user@portal.example/",
    "https://portal.example\\@evil.example",
    "https://portal.example.evil.example",
    "https://portal.example:8443/",
    "http://portal.example/",
    "https://PORTAL.example/",
    "https://portal.example\t.evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    " //evil.example",
    "\x00//evil.example",
    "javascript:alert(1)",
    "data:text/html,evil",
    "evil.example",
    "afspraken",
    "",
    "https://[evil",
    "https://pörtal.example/",
    "/" + "a" * 2000,
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_a_citizen_is_never_sent_elsewhere(target: str) -> None:
    assert ORIGINS.return_url(target) is None


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("/", f"{OURS}/"),
        ("/afspraken?a=//evil.example#x", f"{OURS}/afspraken?a=//evil.example#x"),
        ("/../../x", f"{OURS}/../../x"),
        ("/%5C%2F%09evil", f"{OURS}/%5C%2F%09evil"),
        (f"{OURS}/afspraken", f"{OURS}/afspraken"),
        (f"{PORTAL}/profiel?x=1", f"{PORTAL}/profiel?x=1"),
        (PORTAL, PORTAL),
    ],
)
def test_a_citizen_gets_back_to_us_and_to_known_portals(target: str, url: str) -> None:
    assert ORIGINS.return_url(target) == url


@pytest.mark.parametrize("target", ["//evil.example", "https:evil.example", "/\\evil.example"])
async def test_a_login_with_a_bad_return_is_not_started(site: Site, target: str) -> None:
    answer = await site.browser.get("/auth/login", params={"returnTo": target})
    assert answer.status_code == 400
    assert "Deze link klopt niet" in answer.text
    assert "href" not in answer.text
    assert site.browser.cookies.get("poort-login") is None


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": OURS},
        {"Origin": PORTAL},
        {"Referer": f"{PORTAL}/profiel"},
        {"Origin": OURS, "Referer": "https://evil.example/"},
    ],
)
def test_our_pages_may_write(headers: dict[str, str]) -> None:
    ORIGINS.check_write({**headers, "CSRF-Token": TOKEN}, TOKEN)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"CSRF-Token": TOKEN},
        {"Origin": OURS},
        {"Origin": OURS, "CSRF-Token": ""},
        {"Origin": OURS, "CSRF-Token": "another"},
        {"Origin": OURS, "CSRF-Token": TOKEN + "é"},
        {"Origin": "null", "CSRF-Token": TOKEN},
        {"Origin": "https://evil.example", "CSRF-Token": TOKEN},
        {"Origin": "https://evil.example", "Referer": OURS, "CSRF-Token": TOKEN},
        {"Origin": "http://poort.example", "CSRF-Token": TOKEN},
        {"Referer": "https://evil.example/https://poort.example", "CSRF-Token": TOKEN},
        {"Referer": "poort.example", "CSRF-Token": TOKEN},
    ],
)
def test_other_writes_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(CsrfRejected) as refusal:
        ORIGINS.check_write(headers, TOKEN)
    assert TOKEN not in refusal.value.detail


async def test_a_write_needs_the_login_the_token_and_the_origin(site: Site) -> None:
    assert (await site.write(Origin=site.url, CSRF_Token="x")).status_code == 401
    await site.log_in()
    token = (await site.session())["csrfToken"]
    assert (await site.write(Origin=site.url, CSRF_Token=token)).status_code == 200
    refusals = [
        await site.write(),
        await site.write(Origin=site.url),
        await site.write(Origin=site.url, CSRF_Token=token[:-1]),
        await site.write(CSRF_Token=token),
        await site.write(Origin="https://evil.example", CSRF_Token=token),
    ]
    for refusal in refusals:
        assert refusal.status_code == 403
        assert refusal.json()["code"] == "csrfRejected"
        assert token not in refusal.text


async def test_the_token_of_an_earlier_login_is_worth_nothing(site: Site) -> None:
    await site.log_in()
    old = (await site.session())["csrfToken"]
    await site.log_in()
    assert (await site.write(Origin=site.url, CSRF_Token=old)).status_code == 403


def _attributes(cookies: Cookies) -> set[str]:
    _, header = cookies.session("the-id").to_encoded_header()
    return set(header.decode().split("; "))


def test_the_session_cookie_is_bound_to_host_browser_and_site() -> None:
    lax = _attributes(Cookies(secure=True, same_site="lax"))
    assert lax == {
        "__Host-poort-session=the-id",
        "HttpOnly",
        "Path=/",
        "SameSite=lax",
        "Secure",
    }
    embedded = _attributes(Cookies(secure=True, same_site="none"))
    assert embedded == (lax - {"SameSite=lax"}) | {"SameSite=none", "Partitioned"}
    local = _attributes(Cookies(secure=False, same_site="none"))
    assert local == {"poort-session=the-id", "HttpOnly", "Path=/", "SameSite=lax"}
