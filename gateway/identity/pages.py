"""What a citizen reads when a login fails, in their own language."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from string import Template
from typing import Final, NamedTuple
from urllib.parse import quote

from gateway.identity.failures import LoginFailed, Reason
from gateway.language import Language


class _Text(NamedTuple):
    title: str
    advice: str


_AGAIN: Final[dict[str, str]] = {
    "nl": "Opnieuw aanmelden",
    "fr": "Se connecter à nouveau",
    "de": "Erneut anmelden",
    "en": "Log in again",
}
_EXPIRED: Final[dict[str, _Text]] = {
    "nl": _Text("De aanmelding is verlopen", "Begin opnieuw en houd daarbij één venster open."),
    "fr": _Text("La connexion a expiré", "Recommencez en gardant une seule fenêtre ouverte."),
    "de": _Text("Die Anmeldung ist abgelaufen", "Bitte beginnen Sie neu, in nur einem Fenster."),
    "en": _Text("The login has expired", "Please start again, in one window only."),
}
_CANCELLED: Final[dict[str, _Text]] = {
    "nl": _Text("U hebt de aanmelding afgebroken", "U bent niet aangemeld."),
    "fr": _Text("Vous avez interrompu la connexion", "Vous n’êtes pas connecté."),
    "de": _Text("Sie haben die Anmeldung abgebrochen", "Sie sind nicht angemeldet."),
    "en": _Text("You stopped the login", "You are not logged in."),
}
_UNAVAILABLE: Final[dict[str, _Text]] = {
    "nl": _Text("Aanmelden lukt nu niet", "Probeer het over enkele minuten opnieuw."),
    "fr": _Text("Connexion impossible pour l’instant", "Réessayez dans quelques minutes."),
    "de": _Text("Anmelden geht gerade nicht", "Versuchen Sie es in einigen Minuten erneut."),
    "en": _Text("Logging in does not work now", "Please try again in a few minutes."),
}
_TOO_WEAK: Final[dict[str, _Text]] = {
    "nl": _Text("Meld u veiliger aan", "Kies een sterkere manier, zoals eID of itsme."),
    "fr": _Text("Connectez-vous plus sûrement", "Choisissez un moyen plus fort : eID ou itsme."),
    "de": _Text("Melden Sie sich sicherer an", "Wählen Sie einen stärkeren Weg: eID oder itsme."),
    "en": _Text("Log in more securely", "Choose a stronger way, such as eID or itsme."),
}
_REFUSED: Final[dict[str, _Text]] = {
    "nl": _Text("Aanmelden is niet gelukt", "Lukt het opnieuw niet, bel dan uw gemeente."),
    "fr": _Text("La connexion a échoué", "Si cela se répète, appelez votre commune."),
    "de": _Text("Die Anmeldung ist misslungen", "Falls es so bleibt: fragen Sie Ihre Gemeinde."),
    "en": _Text("Logging in did not work", "If it fails again, please call your municipality."),
}
_BAD_LINK: Final[dict[str, _Text]] = {
    "nl": _Text("Deze link klopt niet", "Ga terug naar de vorige pagina en meld u daar aan."),
    "fr": _Text("Ce lien n’est pas valable", "Revenez à la page précédente pour vous connecter."),
    "de": _Text("Dieser Link stimmt nicht", "Gehen Sie zurück und melden Sie sich dort an."),
    "en": _Text("This link is not right", "Go back to the page you came from and log in there."),
}
_PAGES: Final = {
    Reason.RETURN_REFUSED: (400, _BAD_LINK),
    Reason.TRANSACTION_MISSING: (400, _EXPIRED),
    Reason.TRANSACTION_FORGED: (400, _EXPIRED),
    Reason.TRANSACTION_EXPIRED: (400, _EXPIRED),
    Reason.STATE_MISMATCH: (400, _EXPIRED),
    Reason.CODE_REFUSED: (400, _EXPIRED),
    Reason.CANCELLED: (403, _CANCELLED),
    Reason.ASSURANCE_TOO_LOW: (403, _TOO_WEAK),
    Reason.PROVIDER_UNAVAILABLE: (503, _UNAVAILABLE),
}
_ANY_OTHER: Final = (502, _REFUSED)

_STYLE: Final = (
    "body{font:1.125rem/1.5 system-ui,sans-serif;color:#333332;background:#fff;"
    "max-width:34rem;margin:0 auto;padding:2rem 1rem}"
    "h1{font-size:1.5rem}"
    "a{color:#0055cc;display:inline-block;padding:.75rem 0}"
)
_PAGE: Final = Template(
    '<!doctype html><html lang="$language"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<title>$title</title><style>$style</style></head>"
    "<body><main><h1>$title</h1><p>$advice</p>$link</main></body></html>"
)
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language",
    "X-Content-Type-Options": "nosniff",
}


def failure_page(failure: LoginFailed, language: Language, login_url: str) -> tuple[int, str]:
    """HTTP status and HTML. It names no detail; those are in the log."""
    status, texts = _PAGES.get(failure.reason, _ANY_OTHER)
    title, advice = texts[language]
    link = ""
    if failure.reason is not Reason.RETURN_REFUSED:
        target = f"{login_url}?returnTo={quote(failure.return_to or '/', safe='')}"
        link = f'<p><a href="{escape(target)}">{escape(_AGAIN[language])}</a></p>'
    return status, _PAGE.substitute(
        language=language, title=escape(title), advice=escape(advice), link=link, style=_STYLE
    )
