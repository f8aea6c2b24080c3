"""Ways back from the provider that are no login, and the page a citizen then reads."""

from __future__ import annotations

import pytest
from litestar import Response
from structlog.testing import capture_logs

from tests.gateway.identity.rogue import Claims, Rogue

BAD_CALLBACKS: dict[str, tuple[int, str, Claims]] = {
    "a forged state": (400, "stateMismatch", {"code": "the-code", "state": "forged"}),
    "no state": (400, "stateMismatch", {"code": "the-code", "state": None}),
    "no code": (502, "providerRefused", {}),
    "cancelled": (403, "cancelled", {"error": "access_denied"}),
    "a scope refused": (502, "providerRefused", {"error": "invalid_scope", "code": "the-code"}),
    "text as error": (502, "providerRefused", {"error": "<script>rrn 85073003328</script>"}),
    "an error of a stranger": (400, "stateMismatch", {"error": "access_denied", "state": "x"}),
    "another provider's answer": (502, "issuerWrong", {"code": "c", "iss": "https://evil.example"}),
}


@pytest.mark.parametrize("name", BAD_CALLBACKS)
async def test_a_bad_way_back_gives_a_page(rogue: Rogue, name: str) -> None:
    status, reason, query = BAD_CALLBACKS[name]
    state = (await rogue.site.start("/afspraken")).params["state"]
    params = {key: value for key, value in {"state": state, **query}.items() if value}
    with capture_logs() as log:
        answer = await rogue.site.browser.get("/auth/callback", params=params)
    await rogue.refused(answer, status)
    assert f'href="{rogue.site.url}/auth/login?returnTo=' in answer.text
    assert log[-1]["reason"] == reason
    assert log[-1]["said"] in {None, "access_denied", "invalid_scope"}
    assert "85073003328" not in repr(log)
    assert "token" not in rogue.asked


async def test_a_callback_out_of_the_blue_gives_a_page(rogue: Rogue) -> None:
    answer = await rogue.site.browser.get(
        "/auth/callback", params={"code": "the-code", "state": "x"}
    )
    await rogue.refused(answer, 400)


@pytest.mark.parametrize(
    ("header", "language", "title"),
    [
        ("fr-BE,nl;q=0.5", "fr", "La connexion a expiré"),
        ("de", "de", "Die Anmeldung ist abgelaufen"),
        ("en-GB", "en", "The login has expired"),
        ("pt", "nl", "De aanmelding is verlopen"),
    ],
)
async def test_the_page_is_in_the_citizens_language(
    rogue: Rogue, header: str, language: str, title: str
) -> None:
    answer = await rogue.site.browser.get("/auth/callback", headers={"Accept-Language": header})
    assert f'<html lang="{language}">' in answer.text
    assert title in answer.text


async def test_no_code_token_or_person_is_in_the_log(rogue: Rogue) -> None:
    rogue.userinfo = {"sub": "someone", "given_name": "Noor", "family_name": "Testburger"}
    with capture_logs() as log:
        assert (await rogue.log_in()).status_code == 302
        rogue.instead["token"] = Response({"error": "invalid_grant"}, status_code=400)
        assert (await rogue.log_in()).status_code == 400
    assert [line["event"] for line in log] == ["logged_in", "login_failed"]
    for secret in ("the-code", "opaque", "eyJ", "Noor", "someone"):
        assert secret not in repr(log)
