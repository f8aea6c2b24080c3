"""One JSON line per event on standard error, and no line that may hold personal data."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from traceback import walk_tb

import structlog

# These say what they send and where to: URLs may name a citizen at a vendor.
_TALKATIVE = ("httpx", "httpcore", "aiohttp", "alembic", "dbos", "uvicorn.error", "sqlalchemy")


def configure(*, for_people: bool = False) -> None:
    """Set up structlog, and quieten the libraries that log for themselves."""
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    renderer = (
        structlog.dev.ConsoleRenderer(colors=False)
        if for_people
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def place(error: BaseException) -> str:
    """Where an error comes from, innermost first: ``file:line < file:line``.

    To log instead of its message, which may quote what a citizen typed.
    """
    lines = [
        f"{Path(frame.f_code.co_filename).name}:{number}"
        for frame, number in walk_tb(error.__traceback__)
    ]
    return " < ".join(reversed(lines[-5:]))
