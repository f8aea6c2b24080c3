"""Runs a real pretix for the tests: its own code and database, a clock that tests move.

Started with the Python of pretix's environment::

    python server.py prepare DATA   makes and fills the database in the folder DATA
    python server.py serve DATA     prints a port of loopback and answers there until it is ended

One request at a time, as SQLite would have it anyway. ``POST /reset`` brings back the database as
it was prepared. What time it is stands in the file ``DATA/clock``: seconds since 1970, a double.
"""

# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import mmap
import os
import shutil
import struct
import sys
import warnings
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server
from zoneinfo import ZoneInfo

TOKEN = "only-for-a-pretix-on-loopback"
FIRST_DAY = date(2027, 3, 8)
STARTS = (time(9), time(9, 30), time(10))
LENGTH = timedelta(minutes=30)
COUNTERS = 2
ITEMS: dict[str, dict[str, Any]] = {
    "passport": {"name": {"nl": "Reispas aanvragen"}, "max_per_order": 5},
    "driving": {"name": {"nl": "Rijbewijs afhalen"}},
    "wedding": {"name": {"nl": "Aangifte huwelijk"}, "require_approval": True},
}
CONFIG = """
[pretix]
instance_name=live
url=http://127.0.0.1
datadir={data}
registration=off
[django]
secret=only-for-tests
[database]
backend=sqlite3
name={data}/db.sqlite3
[mail]
host=127.0.0.1
port=1
"""


def main(command: str, folder: str) -> None:
    """Do one of the two things of the module's docstring."""
    warnings.simplefilter("ignore")
    data = Path(folder).resolve()
    data.mkdir(parents=True, exist_ok=True)
    (data / "pretix.cfg").write_text(CONFIG.format(data=data))
    os.environ["PRETIX_CONFIG_FILE"] = str(data / "pretix.cfg")
    os.environ["DJANGO_SETTINGS_MODULE"] = "pretix.settings"
    if command == "serve":
        _tell_the_time_of(data / "clock")
    import django  # noqa: PLC0415 it exists in pretix's environment, and reads the lines above

    django.setup()
    {"prepare": prepare, "serve": serve}[command](data)


def prepare(data: Path) -> None:
    """Migrate, fill, and keep a copy to go back to."""
    from django.core.management import call_command  # noqa: PLC0415 see main

    call_command("migrate", verbosity=0)
    _fill()
    shutil.copyfile(data / "db.sqlite3", data / "prepared.sqlite3")


def serve(data: Path) -> None:
    """Answer until the process is ended."""
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415 see main

    pretix = get_wsgi_application()

    def app(environ: dict[str, Any], start_response: Any) -> Any:  # noqa: ANN401 as WSGI has it
        if environ["PATH_INFO"] != "/reset":
            return pretix(environ, start_response)
        shutil.copyfile(data / "prepared.sqlite3", data / "db.sqlite3")
        start_response("204 No Content", [])
        return []

    class Quiet(WSGIRequestHandler):
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            pass

    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        print(server.server_port, flush=True)  # noqa: T201 for whoever started it
        server.serve_forever()


def _tell_the_time_of(clock: Path) -> None:
    from django.utils import timezone  # noqa: PLC0415 see main

    with clock.open("rb") as file:
        shared = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)

    def now() -> datetime:
        return datetime.fromtimestamp(struct.unpack("d", shared[:8])[0], UTC)

    timezone.now = now


def _fill() -> None:
    from django_scopes import scope  # noqa: PLC0415 see main
    from i18nfield.strings import LazyI18nString  # noqa: PLC0415
    from pretix.base.models import Event, Organizer, Quota  # noqa: PLC0415

    zone = ZoneInfo("Europe/Brussels")
    organizer = Organizer.objects.create(name="Stad", slug="stad")
    team = organizer.teams.create(name="api", all_events=True, all_event_permissions=True)
    team.tokens.create(name="poort", token=TOKEN)
    with scope(organizer=organizer):
        event = Event.objects.create(
            organizer=organizer,
            name=LazyI18nString({"nl": "Burgerzaken"}),
            slug="burgerzaken",
            currency="EUR",
            date_from=datetime.combine(FIRST_DAY, time(), zone),
            has_subevents=True,
            live=True,
        )
        event.settings.timezone, event.settings.locale = zone.key, "nl"
        # Nothing here speaks English: no sentence of it may be relied upon.
        event.settings.locales = organizer.settings.locales = ["nl"]
        items = [
            event.items.create(
                default_price=0, **{**fields, "name": LazyI18nString(fields["name"])}
            )
            for fields in ITEMS.values()
        ]
        for day in _days():
            for clock in STARTS:
                start = datetime.combine(day, clock, zone)
                opened = event.subevents.create(
                    name="Loket", date_from=start, date_to=start + LENGTH, active=True
                )
                quota = Quota.objects.create(
                    event=event, subevent=opened, name="loketten", size=COUNTERS
                )
                quota.items.set(items)


def _days() -> list[date]:
    """The working days of a year and of the weeks that a query of its last day may reach."""
    days = [FIRST_DAY + timedelta(days=n) for n in range(7 * 56)]
    working = 5
    return [day for day in days if day.weekday() < working]


if __name__ == "__main__":
    main(*sys.argv[1:])
