"""What groups of behaviours, capabilities and needs are called, in the four languages."""

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

DEMANDS: Final[Mapping[str, Mapping[Language, str]]] = {
    "asDeclared": {
        "nl": "is wat zijn beschrijving en zijn methodes zeggen",
        "fr": "est ce que disent sa description et ses méthodes",
        "de": "ist, was seine Beschreibung und seine Methoden sagen",
    },
    "catalogue": {
        "nl": "toont producten en locaties",
        "fr": "montre les produits et les lieux",
        "de": "zeigt Produkte und Standorte",
    },
    "freeTimes": {
        "nl": "toont vrije momenten, elke dag op het juiste uur",
        "fr": "montre les moments libres, chaque jour à la bonne heure",
        "de": "zeigt freie Zeiten, an jedem Tag zur richtigen Uhrzeit",
    },
    "booksOnce": {
        "nl": "boekt één keer of helemaal niet, en toont wat er geboekt is",
        "fr": "réserve une fois ou pas du tout, et montre ce qui est réservé",
        "de": "bucht einmal oder gar nicht und zeigt, was gebucht ist",
    },
    "cancels": {
        "nl": "annuleert, en nog eens annuleren kan geen kwaad",
        "fr": "annule, et annuler encore ne fait pas de mal",
        "de": "storniert, und nochmals stornieren schadet nicht",
    },
    "answers": {
        "nl": "antwoordt op tijd met een fout uit het contract, wat de leverancier ook doet",
        "fr": "répond à temps par une erreur du contrat, quoi que fasse le fournisseur",
        "de": "antwortet rechtzeitig mit einem Fehler des Vertrags, was der Anbieter auch tut",
    },
    "privacy": {
        "nl": "houdt de gegevens van de burger voor zich",
        "fr": "garde pour lui les données du citoyen",
        "de": "behält die Daten der Person für sich",
    },
    "takesBack": {
        "nl": "kan terugdraaien wat het begon: het houdt een moment vast, of het annuleert",
        "fr": "peut défaire ce qu’il a commencé: il retient un moment, ou il annule",
        "de": "kann rückgängig machen, was es begann: es merkt eine Zeit vor oder storniert",
    },
    "movesSafely": {
        "nl": "verplaatst veilig: in één stap, of eerst het nieuwe en dan pas het oude weg",
        "fr": "déplace sans risque: en une étape, ou le nouveau avant d’annuler l’ancien",
        "de": "verschiebt sicher: in einem Schritt, oder das Neue, bevor das Alte storniert wird",
    },
    "settles": {
        "nl": "kan van elke opdracht waarop geen antwoord kwam nagaan hoe ze afliep",
        "fr": "peut vérifier l’issue de chaque demande restée sans réponse",
        "de": "kann von jedem Auftrag ohne Antwort klären, wie er ausging",
    },
}
"""What a level needs, after "it"; in English they are in ``contracts.levels``."""
