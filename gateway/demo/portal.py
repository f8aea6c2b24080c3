"""A page that imitates the portal, on an origin of its own, with the widget in it."""

from __future__ import annotations

from html import escape
from string import Template

from litestar import Litestar, MediaType, get
from litestar.params import FromPath
from litestar.response import Redirect

_LANGUAGES = {"nl": "Nederlands", "fr": "Français", "de": "Deutsch", "en": "English"}
_TITLES = {
    "nl": "Mijn afspraken",
    "fr": "Mes rendez-vous",
    "de": "Meine Termine",
    "en": "My appointments",
}

_PAGE = Template("""<!doctype html>
<html lang="$lang">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title – demo van een portaal</title>
<link rel="icon" href="data:,">
<style>
  * { box-sizing: border-box; }
  body { margin: 0; color: #333332; background: #f7f9fc;
         font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
  header { background: #fff; border-bottom: 4px solid #ffe615; }
  header > div, main, footer { max-width: 60rem; margin: 0 auto; padding: 1rem; }
  header > div { display: flex; flex-wrap: wrap; gap: .5rem 2rem; align-items: center;
                 justify-content: space-between; }
  header p { margin: 0; font-weight: 600; }
  nav ul { display: flex; flex-wrap: wrap; gap: 0 1rem; margin: 0; padding: 0; list-style: none; }
  nav a { display: block; padding: .6rem 0; color: #05c; }
  nav a[aria-current] { color: inherit; font-weight: 600; text-decoration: none; }
  h1 { font-size: clamp(1.5rem, 5vw, 2.25rem); line-height: 1.2; }
  footer { color: #5c5c5a; font-size: .875rem; }
</style>
<script type="module" src="$gateway/widget/afspraken-widget.js"></script>
</head>
<body>
<header><div>
  <p>Demo van een burgerportaal</p>
  <nav aria-label="Taal"><ul>$languages</ul></nav>
</div></header>
<main>
  <h1>$title</h1>
  <afspraken-widget gateway="$gateway" lang="$lang" municipality="aalst"></afspraken-widget>
</main>
<footer>Deze pagina hoort bij de demo van Afsprakenpoort en is niet van de overheid.</footer>
</body>
</html>
""")


def portal(gateway: str) -> Litestar:
    """The portal's application; ``gateway`` is the origin that serves the widget."""

    @get("/", sync_to_thread=False)
    def home() -> Redirect:
        return Redirect("/nl")

    @get("/{lang:str}", media_type=MediaType.HTML, sync_to_thread=False)
    def page(lang: FromPath[str]) -> str:
        known = lang if lang in _LANGUAGES else "nl"
        return _PAGE.substitute(
            lang=known,
            title=_TITLES[known],
            gateway=escape(gateway),
            languages="".join(_link(code, known) for code in _LANGUAGES),
        )

    return Litestar([home, page], openapi_config=None)


def _link(code: str, current: str) -> str:
    here = ' aria-current="page"' if code == current else ""
    return (
        f'<li><a href="/{code}" lang="{code}" hreflang="{code}"{here}>{_LANGUAGES[code]}</a></li>'
    )
