"""What the pages about certificates say, in the four languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from contracts.levels import Target
from contracts.manifest import Level
from contracts.report import Mode, Outcome
from gateway.language import Language


@dataclass(frozen=True, slots=True)
class LevelWords:
    """What a level is called, and what it means."""

    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Words:
    """All texts of one language."""

    language: Language
    title: str
    intro: str
    none: str
    without: str
    keys: str
    report: str
    file: str
    badge: str
    adapter: str
    about: str
    void: str
    level: str
    simulated: str
    endpoint: str
    version: str
    capabilities: str
    core: str
    tested: str
    mode: str
    valid: str
    signed: str
    versions: str
    of_which: str
    certified: str
    attested: str
    unsigned: str
    needs: str
    it: str
    behaviours: str
    behaviours_intro: str
    back: str
    levels: Mapping[Level, LevelWords]
    targets: Mapping[Target, str]
    modes: Mapping[Mode, str]
    outcomes: Mapping[Outcome, str]


WORDS: Final[Mapping[Language, Words]] = {
    "nl": Words(
        language="nl",
        title="Certificaten",
        intro="Elk afsprakensysteem is met dezelfde proeven getest. Hier staat wat elk ervan "
        "heeft aangetoond, en tot wanneer dat geldt.",
        none="Er zijn nog geen certificaten.",
        without="Zonder certificaat",
        keys="De sleutels waarmee u dit zelf kunt nakijken",
        report="Het verslag",
        file="Het certificaat",
        badge="Het kenteken (SVG)",
        adapter="Adapter",
        about="Zo heeft dit systeem de proeven van Afsprakenpoort doorstaan.",
        void="telt niet",
        level="Niveau",
        simulated="Op een simulator is {level} aangetoond. Dat telt hier als {worth}: een "
        "simulator bewijst alleen dat het leest.",
        endpoint="Adres",
        version="Versie van het product",
        capabilities="Kan ook",
        core="de basis",
        tested="Getest op",
        mode="Manier van testen",
        valid="Geldig tot",
        signed="Bevestiging",
        versions="Versies",
        of_which="contract {contract}, proeven {suite}",
        certified="nagekeken door het platform",
        attested="verklaring van de leverancier zelf",
        unsigned="niet ondertekend",
        needs="Wat nog aangetoond moet worden",
        it="het",
        behaviours="Alle proeven",
        behaviours_intro="De proeven en wat ze melden zijn voor ontwikkelaars, en in het Engels.",
        back="Alle certificaten",
        levels={
            Level.LISTED: LevelWords("vermeld", "De proeven zijn gedraaid."),
            Level.BRONZE: LevelWords("brons", "Toont producten en vrije momenten juist."),
            Level.SILVER: LevelWords("zilver", "Boekt en annuleert betrouwbaar."),
            Level.GOLD: LevelWords(
                "goud", "Kan meedoen in een bezoek langs verschillende loketten."
            ),
        },
        targets={
            Target.SIMULATOR: "een simulator",
            Target.SANDBOX: "een testomgeving",
            Target.LIVE: "het echte systeem",
        },
        modes={
            Mode.CONTROLLED: "elke situatie werd nagebootst",
            Mode.RANDOM: "met wat het systeem toen bood",
        },
        outcomes={
            Outcome.PASSED: "geslaagd",
            Outcome.FAILED: "mislukt",
            Outcome.ABSENT: "niet aanwezig",
            Outcome.NOT_RUN: "niet uitgevoerd",
        },
    ),
    "fr": Words(
        language="fr",
        title="Certificats",
        intro="Chaque système de rendez-vous a subi les mêmes tests. Voici ce que chacun a "
        "démontré, et jusqu’à quand cela vaut.",
        none="Il n’y a pas encore de certificats.",
        without="Sans certificat",
        keys="Les clés pour vérifier vous-même",
        report="Le rapport",
        file="Le certificat",
        badge="L’insigne (SVG)",
        adapter="Adaptateur",
        about="Voici comment ce système a subi les tests d’Afsprakenpoort.",
        void="ne compte pas",
        level="Niveau",
        simulated="Sur un simulateur, il a démontré {level}. Cela compte ici comme {worth}: un "
        "simulateur ne prouve que la lecture.",
        endpoint="Adresse",
        version="Version du produit",
        capabilities="Peut aussi",
        core="la base",
        tested="Testé sur",
        mode="Manière de tester",
        valid="Valable jusqu’au",
        signed="Confirmation",
        versions="Versions",
        of_which="contrat {contract}, tests {suite}",
        certified="vérifié par la plateforme",
        attested="déclaration du fournisseur lui-même",
        unsigned="pas signé",
        needs="Ce qui reste à démontrer",
        it="il",
        behaviours="Tous les tests",
        behaviours_intro="Les tests et ce qu’ils signalent sont pour les développeurs, en anglais.",
        back="Tous les certificats",
        levels={
            Level.LISTED: LevelWords("mentionné", "Les tests ont tourné."),
            Level.BRONZE: LevelWords("bronze", "Montre bien produits et moments libres."),
            Level.SILVER: LevelWords("argent", "Réserve et annule de manière fiable."),
            Level.GOLD: LevelWords("or", "Peut participer à une visite de plusieurs guichets."),
        },
        targets={
            Target.SIMULATOR: "un simulateur",
            Target.SANDBOX: "un environnement de test",
            Target.LIVE: "le vrai système",
        },
        modes={
            Mode.CONTROLLED: "chaque situation a été simulée",
            Mode.RANDOM: "avec ce que le système offrait alors",
        },
        outcomes={
            Outcome.PASSED: "réussi",
            Outcome.FAILED: "échoué",
            Outcome.ABSENT: "absent",
            Outcome.NOT_RUN: "pas exécuté",
        },
    ),
    "de": Words(
        language="de",
        title="Zertifikate",
        intro="Jedes Terminsystem wurde mit denselben Prüfungen getestet. Hier steht, was jedes "
        "gezeigt hat und bis wann das gilt.",
        none="Es gibt noch keine Zertifikate.",
        without="Ohne Zertifikat",
        keys="Die Schlüssel, um das selbst zu prüfen",
        report="Der Bericht",
        file="Das Zertifikat",
        badge="Das Abzeichen (SVG)",
        adapter="Adapter",
        about="So hat dieses System die Prüfungen von Afsprakenpoort bestanden.",
        void="zählt nicht",
        level="Stufe",
        simulated="An einem Simulator wurde {level} gezeigt. Das zählt hier als {worth}: ein "
        "Simulator beweist nur das Lesen.",
        endpoint="Adresse",
        version="Version des Produkts",
        capabilities="Kann auch",
        core="die Grundlage",
        tested="Getestet an",
        mode="Art der Prüfung",
        valid="Gültig bis",
        signed="Bestätigung",
        versions="Versionen",
        of_which="Vertrag {contract}, Prüfungen {suite}",
        certified="von der Plattform geprüft",
        attested="Erklärung des Anbieters selbst",
        unsigned="nicht unterschrieben",
        needs="Was noch zu zeigen ist",
        it="es",
        behaviours="Alle Prüfungen",
        behaviours_intro="Die Prüfungen und ihre Meldungen sind für Entwickler und auf Englisch.",
        back="Alle Zertifikate",
        levels={
            Level.LISTED: LevelWords("genannt", "Die Prüfungen sind gelaufen."),
            Level.BRONZE: LevelWords("Bronze", "Zeigt Produkte und freie Zeiten richtig."),
            Level.SILVER: LevelWords("Silber", "Bucht und storniert zuverlässig."),
            Level.GOLD: LevelWords("Gold", "Kann Teil eines Besuchs an mehreren Schaltern sein."),
        },
        targets={
            Target.SIMULATOR: "einem Simulator",
            Target.SANDBOX: "einer Testumgebung",
            Target.LIVE: "dem echten System",
        },
        modes={
            Mode.CONTROLLED: "jede Lage wurde nachgestellt",
            Mode.RANDOM: "mit dem, was das System gerade bot",
        },
        outcomes={
            Outcome.PASSED: "bestanden",
            Outcome.FAILED: "nicht bestanden",
            Outcome.ABSENT: "nicht vorhanden",
            Outcome.NOT_RUN: "nicht ausgeführt",
        },
    ),
    "en": Words(
        language="en",
        title="Certificates",
        intro="Every appointment system went through the same tests. Here is what each has "
        "shown, and until when that counts.",
        none="There are no certificates yet.",
        without="Without a certificate",
        keys="The keys to check this yourself",
        report="The report",
        file="The certificate",
        badge="The badge (SVG)",
        adapter="Adapter",
        about="This is how the system went through the tests of Afsprakenpoort.",
        void="does not count",
        level="Level",
        simulated="On a simulator it has shown {level}. That counts here as {worth}: a simulator "
        "proves reading alone.",
        endpoint="Address",
        version="Version of the product",
        capabilities="Can also",
        core="the core",
        tested="Tested on",
        mode="How it was tested",
        valid="Valid until",
        signed="Confirmation",
        versions="Versions",
        of_which="contract {contract}, suite {suite}",
        certified="checked by the platform",
        attested="the vendor’s own statement",
        unsigned="not signed",
        needs="What is still to be shown",
        it="it",
        behaviours="All tests",
        behaviours_intro="",
        back="All certificates",
        levels={
            Level.LISTED: LevelWords("listed", "The tests were run."),
            Level.BRONZE: LevelWords("bronze", "Shows products and free times correctly."),
            Level.SILVER: LevelWords("silver", "Books and cancels reliably."),
            Level.GOLD: LevelWords("gold", "Can take part in a visit to several counters."),
        },
        targets={
            Target.SIMULATOR: "a simulator",
            Target.SANDBOX: "a sandbox",
            Target.LIVE: "the live system",
        },
        modes={
            Mode.CONTROLLED: "every situation was made to happen",
            Mode.RANDOM: "with what the system offered then",
        },
        outcomes={
            Outcome.PASSED: "passed",
            Outcome.FAILED: "failed",
            Outcome.ABSENT: "absent",
            Outcome.NOT_RUN: "not run",
        },
    ),
}

_DAYS: Final[Mapping[Language, str]] = {
    "nl": "{0.day}/{0.month}/{0.year}",
    "fr": "{0:%d/%m/%Y}",
    "de": "{0.day}.{0.month}.{0.year}",
    "en": "{0:%Y-%m-%d}",
}


def day(instant: datetime, language: Language) -> str:
    """A date as it is written in this language."""
    return _DAYS[language].format(instant)
