"""What groups of behaviours and capabilities are called, in the four languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from contracts.adapter import Capability
from gateway.language import Language

GROUPS: Final[Mapping[str, Mapping[Language, str]]] = {
    "FACT": {
        "nl": "Wat het van zichzelf zegt",
        "fr": "Ce qu’il dit de lui-même",
        "de": "Was es von sich sagt",
    },
    "CAT": {
        "nl": "Producten en locaties",
        "fr": "Produits et lieux",
        "de": "Produkte und Standorte",
    },
    "SLOT": {"nl": "Vrije momenten", "fr": "Moments libres", "de": "Freie Zeiten"},
    "TIME": {"nl": "Tijd en zomertijd", "fr": "Temps et heure d’été", "de": "Zeit und Sommerzeit"},
    "BOOK": {"nl": "Boeken", "fr": "Réserver", "de": "Buchen"},
    "CANCEL": {"nl": "Annuleren", "fr": "Annuler", "de": "Stornieren"},
    "HOLD": {"nl": "Even vasthouden", "fr": "Retenir un moment", "de": "Vormerken"},
    "MOVE": {"nl": "Verplaatsen", "fr": "Déplacer", "de": "Verschieben"},
    "REF": {
        "nl": "Terugvinden met ons kenmerk",
        "fr": "Retrouver par notre référence",
        "de": "Wiederfinden mit unserer Kennung",
    },
    "CITIZEN": {
        "nl": "Afspraken van een burger",
        "fr": "Rendez-vous d’un citoyen",
        "de": "Termine einer Person",
    },
    "FEED": {"nl": "Wijzigingen", "fr": "Changements", "de": "Änderungen"},
    "HOOK": {"nl": "Meldingen", "fr": "Notifications", "de": "Meldungen"},
    "INTAKE": {"nl": "Vragen aan de burger", "fr": "Questions", "de": "Fragen"},
    "PRIV": {"nl": "Privacy", "fr": "Vie privée", "de": "Datenschutz"},
    "FAULT": {
        "nl": "Storingen bij de leverancier",
        "fr": "Pannes du fournisseur",
        "de": "Störungen beim Anbieter",
    },
    "SETTLE": {
        "nl": "Onbekende afloop",
        "fr": "Issues inconnues",
        "de": "Unbekannter Ausgang",
    },
}
"""The groups of behaviours; in English they are in ``contracts.report``."""

CAPABILITIES: Final[Mapping[Capability, Mapping[Language, str]]] = {
    Capability.HOLD: {
        "nl": "een moment vasthouden",
        "fr": "retenir un moment",
        "de": "eine Zeit vormerken",
        "en": "hold a time",
    },
    Capability.CONFIRM: {
        "nl": "het daarna bevestigen",
        "fr": "le confirmer ensuite",
        "de": "sie danach bestätigen",
        "en": "confirm it later",
    },
    Capability.RELEASE: {
        "nl": "het weer vrijgeven",
        "fr": "le libérer",
        "de": "sie wieder freigeben",
        "en": "release it",
    },
    Capability.EXTEND: {
        "nl": "het langer vasthouden",
        "fr": "le retenir plus longtemps",
        "de": "sie länger vormerken",
        "en": "hold it longer",
    },
    Capability.RESCHEDULE: {
        "nl": "in één stap verplaatsen",
        "fr": "déplacer en une étape",
        "de": "in einem Schritt verschieben",
        "en": "move in one step",
    },
    Capability.FIND_BY_CLIENT_REFERENCE: {
        "nl": "een boeking terugvinden waarop geen antwoord kwam",
        "fr": "retrouver une réservation restée sans réponse",
        "de": "eine Buchung ohne Antwort wiederfinden",
        "en": "find a booking that got no answer",
    },
    Capability.APPOINTMENTS_OF: {
        "nl": "tonen wat aan het loket geboekt is",
        "fr": "montrer ce qui a été réservé au guichet",
        "de": "zeigen, was am Schalter gebucht wurde",
        "en": "show what was booked at the desk",
    },
    Capability.CHANGES: {
        "nl": "zeggen wat er veranderd is",
        "fr": "dire ce qui a changé",
        "de": "sagen, was sich geändert hat",
        "en": "say what has changed",
    },
    Capability.PARSE_WEBHOOK: {
        "nl": "veranderingen zelf melden",
        "fr": "signaler les changements",
        "de": "Änderungen selbst melden",
        "en": "report changes by itself",
    },
    Capability.INTAKE_FIELDS: {
        "nl": "eigen vragen stellen",
        "fr": "poser ses propres questions",
        "de": "eigene Fragen stellen",
        "en": "ask questions of its own",
    },
}
"""What an adapter can do beyond the core."""
