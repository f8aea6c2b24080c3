"""Why a certificate does not count, in the four languages: the words for each code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from gateway.certification.checking import Flaw, Problem
from gateway.certification.words import day
from gateway.language import Language


def reason(problem: Problem, language: Language = "en") -> str:
    """The sentence for what is wrong; commands and logs speak English."""
    given = {
        name: day(each, language) if isinstance(each, datetime) else each
        for name, each in problem.about.items()
    }
    return REASONS[problem.flaw][language].format_map(given)


REASONS: Final[Mapping[Flaw, Mapping[Language, str]]] = {
    Flaw.INCONSISTENT: {
        "nl": "Wat het certificaat opsomt en het niveau volgen niet uit de uitslagen.",
        "fr": "Ce que le certificat énumère et son niveau ne découlent pas des résultats.",
        "de": "Was das Zertifikat aufzählt und die Stufe folgen nicht aus den Ergebnissen.",
        "en": "What it lists and its level do not follow from its outcomes.",
    },
    Flaw.TESTS_MISSING: {
        "nl": "Het certificaat zegt niets over {count} van de proeven: {some}.",
        "fr": "Le certificat ne dit rien de {count} des tests: {some}.",
        "de": "Das Zertifikat sagt nichts über {count} der Prüfungen: {some}.",
        "en": "It says nothing about {count} of the suite's behaviours: {some}.",
    },
    Flaw.NOT_ITS_OWN: {
        "nl": "De sleutel van {owner} mag niet tekenen voor {about}.",
        "fr": "La clé de {owner} ne peut pas signer pour {about}.",
        "de": "Der Schlüssel von {owner} darf nicht für {about} unterschreiben.",
        "en": "The key of {owner} may not sign for {about}.",
    },
    Flaw.KEY_RETIRED: {
        "nl": "De sleutel mocht sinds {at} niets nieuws meer ondertekenen.",
        "fr": "La clé ne pouvait plus rien signer de nouveau depuis le {at}.",
        "de": "Der Schlüssel durfte seit {at} nichts Neues mehr unterschreiben.",
        "en": "The key that signed it was retired on {at}: it signs nothing new.",
    },
    Flaw.OTHER_ADAPTER: {
        "nl": "Het certificaat is van de adapter {adapter}, niet van {vendor}.",
        "fr": "Le certificat est celui de l’adaptateur {adapter}, pas de {vendor}.",
        "de": "Das Zertifikat gehört zum Adapter {adapter}, nicht zu {vendor}.",
        "en": "It is of the adapter {adapter}, not of {vendor}.",
    },
    Flaw.CODE_CHANGED: {
        "nl": "De bestanden van de adapter {vendor} zijn niet die waarvoor het certificaat geldt.",
        "fr": "Les fichiers de l’adaptateur {vendor} ne sont pas ceux qui ont été certifiés.",
        "de": "Die Dateien des Adapters {vendor} sind nicht die, für die das Zertifikat gilt.",
        "en": "The files of the adapter {vendor} are not those that were certified.",
    },
    Flaw.CONTRACT: {
        "nl": "Het certificaat is van versie {certified} van het contract; {current} en {previous} "
        "tellen. Het systeem moet opnieuw gecertificeerd worden.",
        "fr": "Le certificat porte sur la version {certified} du contrat; {current} et {previous} "
        "comptent. Le système doit être certifié à nouveau.",
        "de": "Das Zertifikat gilt für Version {certified} des Vertrags; {current} und {previous} "
        "zählen. Das System muss neu zertifiziert werden.",
        "en": "It is for version {certified} of the contract; {current} and {previous} count. "
        "Certify again.",
    },
    Flaw.NOT_YET: {
        "nl": "Het certificaat is gemaakt op {made_at} om {time} UTC, en dat is in de toekomst: "
        "een van de twee klokken loopt verkeerd.",
        "fr": "Le certificat date du {made_at} à {time} UTC, ce qui est dans le futur: une des "
        "deux horloges est mal réglée.",
        "de": "Das Zertifikat ist vom {made_at}, {time} UTC, also aus der Zukunft: eine der beiden "
        "Uhren geht falsch.",
        "en": "It was made on {made_at} {time} UTC, which is in the future: one of the two clocks "
        "is wrong.",
    },
    Flaw.TOO_LONG: {
        "nl": "Het certificaat zou meer dan {days} dagen gelden.",
        "fr": "Le certificat vaudrait plus de {days} jours.",
        "de": "Das Zertifikat würde mehr als {days} Tage gelten.",
        "en": "It would be valid for more than {days} days.",
    },
    Flaw.EXPIRED: {
        "nl": "Het certificaat is verlopen op {valid_until}. Het systeem moet opnieuw "
        "gecertificeerd worden.",
        "fr": "Le certificat a expiré le {valid_until}. Le système doit être certifié à nouveau.",
        "de": "Das Zertifikat ist am {valid_until} abgelaufen. Das System muss neu zertifiziert "
        "werden.",
        "en": "It expired on {valid_until}. Certify again.",
    },
    Flaw.REVOKED: {
        "nl": "Het certificaat is ingetrokken op {at}: {because}",
        "fr": "Le certificat a été révoqué le {at}: {because}",
        "de": "Das Zertifikat wurde am {at} widerrufen: {because}",
        "en": "It was revoked on {at}: {because}",
    },
}
