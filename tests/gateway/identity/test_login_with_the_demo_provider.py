"""A citizen's whole way in and out, with the provider of the demo."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from contracts.suite import Clock
from tests.gateway.identity.conftest import PORTAL, Site, Sites


async def test_a_citizen_logs_in_and_is_known(site: Site) -> None:
    assert await site.session() == {"loggedIn": False}
    answer = await site.log_in(return_to="/mijn-afspraken?week=2#top")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{site.url}/mijn-afspraken?week=2#top"
    session = await site.session()
    assert session["loggedIn"] is True
    assert session["givenName"] == "Noor"
    assert session["expiresAt"] == "2027-03-08T09:30:00Z"
    assert set(session) == {"loggedIn", "givenName", "person", "csrfToken", "expiresAt"}
    assert (await site.browser.get("/whoami")).text.startswith("v1:")


async def test_nobody_is_known_before_the_login(site: Site) -> None:
    answer = await site.browser.get("/whoami")
    assert answer.status_code == 401
    assert answer.json()["code"] == "noAccessToken"


async def test_the_portal_gets_its_citizen_back(site: Site) -> None:
    answer = await site.log_in(return_to=f"{PORTAL}/profiel")
    assert answer.headers["Location"] == f"{PORTAL}/profiel"


async def test_a_citizen_is_the_same_every_time_and_no_other(site: Site) -> None:
    keys, people = [], []
    for citizen in ("demo-noor", "demo-sam", "demo-noor"):
        await site.log_in(citizen)
        keys.append((await site.browser.get("/whoami")).text)
        people.append((await site.session())["person"])
    assert keys[0] == keys[2] != keys[1]
    assert people[0] == people[2] != people[1]
    assert people[0] not in keys[0]


async def test_the_citizen_key_can_come_from_the_national_number(sites: Sites) -> None:
    async with sites.demo(citizen_key_claim="rrn") as by_number, sites.demo() as by_sub:
        await by_number.log_in()
        await by_sub.log_in()
        number = (await by_number.browser.get("/whoami")).text
        assert number.startswith("v1:")
        assert number != (await by_sub.browser.get("/whoami")).text


async def test_the_national_number_is_kept_only_when_asked_for(sites: Sites) -> None:
    async with sites.demo(keep_national_number=True) as kept, sites.demo() as dropped:
        for site, expected in ((kept, "98472899765"), (dropped, None)):
            await site.log_in("demo-sam")
            session = await site.identity.sessions.find(site.cookie)
            assert session is not None
            number = session.national_number
            assert (number.get_secret_value() if number else None) == expected
            assert "98472899765" not in repr(session)
            assert "Sam" not in repr(session)


async def test_acr_hint_and_pkce_are_in_the_request(sites: Sites) -> None:
    acr = "urn:be:vlaanderen:authmech:eid"
    async with sites.demo(acr_values=(acr,), cap_hint="BUR") as site:
        query = dict((await site.start()).params)
        assert query["acr_values"] == acr
        assert query["login_hint"] == "eyJjYXBfaGludCI6ICJCVVIifQ=="
        assert query["scope"] == "openid profile"
        assert query["code_challenge_method"] == "S256"
        assert len(query["state"]) == len(query["nonce"]) == len(query["code_challenge"]) == 43
        assert query["redirect_uri"] == f"{site.url}/auth/callback"


async def test_a_login_below_the_minimum_gets_a_page_that_says_so(sites: Sites) -> None:
    acr = "urn:be:vlaanderen:authmech:eid"
    async with sites.demo(acr_values=(acr,), minimum_acr_level=30) as site:
        weak = await site.log_in("demo-noor")  # came with itsme
        assert weak.status_code == 403
        assert "Meld u veiliger aan" in weak.text
        assert await site.session() == {"loggedIn": False}
        assert (await site.log_in("demo-sam")).status_code == 302


async def test_a_callback_cannot_be_replayed(site: Site) -> None:
    back = await site.choose(await site.start())
    kept = site.browser.cookies.get("poort-login")
    assert (await site.browser.get(back)).status_code == 302
    again = await site.browser.get(back)
    assert again.status_code == 400
    assert "De aanmelding is verlopen" in again.text
    assert kept is not None
    site.browser.cookies.set("poort-login", kept, domain="127.0.0.1", path="/")
    assert (await site.browser.get(back)).status_code == 400  # the provider's code is used up


async def test_a_code_is_redeemed_within_its_thirty_seconds(site: Site, clock: Clock) -> None:
    back = await site.choose(await site.start())
    clock.advance(timedelta(seconds=31))
    assert (await site.browser.get(back)).status_code == 400


async def test_a_login_left_open_expires(site: Site, clock: Clock) -> None:
    authorization = await site.start()
    clock.advance(timedelta(minutes=11))
    late = await site.browser.get(await site.choose(authorization))
    assert late.status_code == 400
    assert "De aanmelding is verlopen" in late.text


async def test_another_browser_cannot_finish_a_login(site: Site) -> None:
    back = await site.choose(await site.start())
    async with httpx.AsyncClient() as other:
        assert (await other.get(back)).status_code == 400


async def test_a_planted_session_id_never_becomes_a_login(site: Site) -> None:
    site.browser.cookies.set("poort-session", "planted", domain="127.0.0.1", path="/")
    await site.log_in()
    first = site.cookie
    assert first not in {None, "planted"}
    await site.log_in()
    assert site.cookie != first
    async with httpx.AsyncClient(base_url=site.url) as thief:
        for old in ("planted", str(first)):
            answer = await thief.get("/whoami", headers={"Cookie": f"poort-session={old}"})
            assert answer.status_code == 401


async def test_a_session_ends_when_it_is_not_used(site: Site, clock: Clock) -> None:
    await site.log_in()
    for _ in range(3):
        clock.advance(timedelta(minutes=29))
        assert (await site.session())["loggedIn"]
    clock.advance(timedelta(minutes=30))
    assert await site.session() == {"loggedIn": False}
    assert (await site.browser.get("/whoami")).status_code == 401


async def test_a_session_ends_in_the_evening_however_much_it_is_used(
    site: Site, clock: Clock
) -> None:
    await site.log_in()
    for _ in range(19):
        clock.advance(timedelta(minutes=25))
        assert (await site.session())["loggedIn"]
    assert (await site.session())["expiresAt"] == "2027-03-08T17:00:00Z"
    clock.advance(timedelta(minutes=5))
    assert await site.session() == {"loggedIn": False}


@pytest.mark.parametrize("cookie", ["forged", "Ā", "a" * 5000, ""])
async def test_a_forged_session_cookie_is_nobody(site: Site, cookie: str) -> None:
    header = {"Cookie": f"poort-session={cookie}".encode()}
    answer = await site.browser.get("/whoami", headers=header)  # type: ignore[arg-type] # bytes
    assert answer.status_code == 401


@pytest.mark.parametrize("change", ["", "x", "AAAA", "{}"])
async def test_a_tampered_login_cookie_is_no_login(site: Site, change: str) -> None:
    back = await site.choose(await site.start())
    sealed = site.browser.cookies.get("poort-login")
    assert sealed is not None
    site.browser.cookies.set("poort-login", change + sealed[1:], domain="127.0.0.1", path="/")
    assert (await site.browser.get(back)).status_code == 400
    assert await site.session() == {"loggedIn": False}


async def test_logging_out_ends_the_session_on_the_server(site: Site) -> None:
    await site.log_in()
    kept, token = site.cookie, (await site.session())["csrfToken"]
    answer = await site.browser.post(
        "/auth/logout",
        params={"returnTo": f"{PORTAL}/profiel"},
        headers={"CSRF-Token": token, "Origin": PORTAL},
    )
    assert answer.status_code == 200
    assert site.cookie is None
    replay = await site.browser.get("/whoami", headers={"Cookie": f"poort-session={kept}"})
    assert replay.status_code == 401
    url = httpx.URL(answer.json()["logoutUrl"])
    assert url.params["client_id"] == "poort"
    at_provider = await site.browser.get(url)
    back = await site.browser.get(at_provider.headers["Location"])
    assert back.headers["Location"] == f"{PORTAL}/profiel"


async def test_logging_out_needs_the_token_too(site: Site) -> None:
    await site.log_in()
    assert (await site.write("/auth/logout", Origin=site.url)).status_code == 403
    assert (await site.session())["loggedIn"]


async def test_a_forged_return_after_logout_goes_home(site: Site) -> None:
    for state in ("", "forged", "https://evil.example"):
        answer = await site.browser.get("/auth/logged-out", params={"state": state})
        assert answer.headers["Location"] == "/"
