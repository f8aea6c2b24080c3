"""Telling a national number from a typing mistake."""

from __future__ import annotations

import re

_ELEVEN_DIGITS = re.compile(r"[0-9]{11}", re.ASCII)


def is_national_number(text: str) -> bool:
    """Whether eleven digits carry the check digits of a national register or BIS number.

    The last two are 97 minus the first nine modulo 97; for people born from 2000 on the
    nine count with a 2 in front. Nothing else is read from a number: in a BIS number the
    digits say neither when somebody was born nor of which sex.
    """
    if not _ELEVEN_DIGITS.fullmatch(text):
        return False
    check = int(text[9:])
    return any(97 - int(prefix + text[:9]) % 97 == check for prefix in ("", "2"))
