"""What a citizen is told when something cannot be done, in the four languages, by error code.

Codes that are missing here are for developers: those problems explain themselves in English.
"""

from __future__ import annotations

from collections.abc import Mapping

from contracts import errors
from gateway.language import Language


def sentence(code: str, language: Language) -> str | None:
    """The sentence for an error code; ``None`` where it is no citizen's concern."""
    sentences = _SENTENCES.get(code)
    return sentences[language] if sentences else None


_SENTENCES: Mapping[str, Mapping[Language, str]] = {
    errors.NotAuthenticated.code: {
        "nl": "U bent niet aangemeld, of uw aanmelding is verlopen. Meld u opnieuw aan.",
        "fr": "Vous n’êtes pas connecté, ou votre session a expiré. Connectez-vous à nouveau.",
        "de": "Sie sind nicht angemeldet oder Ihre Anmeldung ist abgelaufen. "
        "Melden Sie sich neu an.",
        "en": "You are not logged in, or your login has expired. Log in again.",
    },
    errors.AssuranceTooLow.code: {
        "nl": "Hiervoor moet u zich op een veiligere manier aanmelden.",
        "fr": "Pour cela, vous devez vous connecter d’une manière plus sûre.",
        "de": "Dafür müssen Sie sich auf einem sichereren Weg anmelden.",
        "en": "For this you have to log in in a safer way.",
    },
    errors.NotOwner.code: {
        "nl": "Dit is van iemand anders.",
        "fr": "Ceci appartient à quelqu’un d’autre.",
        "de": "Das gehört jemand anderem.",
        "en": "This is somebody else’s.",
    },
    errors.BookingChanged.code: {
        "nl": "Er is intussen iets veranderd. Bekijk eerst hoe het er nu voor staat.",
        "fr": "Quelque chose a changé entre-temps. Regardez d’abord où en sont les choses.",
        "de": "Inzwischen hat sich etwas geändert. Sehen Sie sich zuerst den neuen Stand an.",
        "en": "Something has changed meanwhile. Look at it again first.",
    },
    errors.TooManyRequests.code: {
        "nl": "Dit waren te veel pogingen na elkaar. Wacht even en probeer het opnieuw.",
        "fr": "Trop de tentatives à la suite. Patientez un instant et réessayez.",
        "de": "Das waren zu viele Versuche nacheinander. Warten Sie kurz und versuchen Sie es neu.",
        "en": "That was too often. Wait a moment and try again.",
    },
    errors.SlotTaken.code: {
        "nl": "Iemand anders heeft dit moment net genomen. Er is niets geboekt; kies een ander.",
        "fr": "Quelqu’un d’autre vient de prendre ce moment. Rien n’est réservé; "
        "choisissez-en un autre.",
        "de": "Jemand anderes hat diese Zeit gerade genommen. Es wurde nichts gebucht; "
        "wählen Sie eine andere.",
        "en": "Somebody else has just taken this time. Nothing was booked; choose another one.",
    },
    errors.SlotHeldByOther.code: {
        "nl": "Iemand anders is dit moment aan het boeken. Er is niets geboekt; kies een ander.",
        "fr": "Quelqu’un d’autre est en train de réserver ce moment. Rien n’est réservé; "
        "choisissez-en un autre.",
        "de": "Jemand anderes bucht gerade diese Zeit. Es wurde nichts gebucht; "
        "wählen Sie eine andere.",
        "en": "Somebody else is booking this time. Nothing was booked; choose another one.",
    },
    errors.CitizenTimeConflict.code: {
        "nl": "U hebt dan al een andere afspraak. Kies een ander moment, of annuleer die eerst.",
        "fr": "Vous avez déjà un autre rendez-vous à ce moment-là. Choisissez un autre moment, "
        "ou annulez d’abord l’autre.",
        "de": "Sie haben dann schon einen anderen Termin. Wählen Sie eine andere Zeit, "
        "oder sagen Sie den anderen zuerst ab.",
        "en": "You have another appointment then. Choose another time, or cancel that one first.",
    },
    errors.DuplicateBooking.code: {
        "nl": "U hebt hiervoor al een afspraak.",
        "fr": "Vous avez déjà un rendez-vous pour cela.",
        "de": "Dafür haben Sie schon einen Termin.",
        "en": "You already have an appointment for this.",
    },
    errors.HoldExpired.code: {
        "nl": "Dit moment werd te lang geleden gekozen. Er is niets geboekt; kies opnieuw.",
        "fr": "Ce moment a été choisi il y a trop longtemps. Rien n’est réservé; "
        "choisissez à nouveau.",
        "de": "Diese Zeit wurde vor zu langer Zeit gewählt. Es wurde nichts gebucht; "
        "wählen Sie neu.",
        "en": "This time was chosen too long ago. Nothing was booked; choose again.",
    },
    errors.CancellationClosed.code: {
        "nl": "Dit kan niet meer online gewijzigd worden. Neem contact op met de gemeente.",
        "fr": "Ceci ne peut plus être modifié en ligne. Contactez la commune.",
        "de": "Das kann online nicht mehr geändert werden. Wenden Sie sich an die Gemeinde.",
        "en": "This can no longer be changed online. Contact the municipality.",
    },
    errors.SlotInPast.code: {
        "nl": "Dit moment is voorbij. Kies een ander.",
        "fr": "Ce moment est passé. Choisissez-en un autre.",
        "de": "Diese Zeit ist vorbei. Wählen Sie eine andere.",
        "en": "This time has passed. Choose another one.",
    },
    errors.ProductsNotCombinable.code: {
        "nl": "Dit kan niet samen geboekt worden. Boek het apart.",
        "fr": "Ceci ne peut pas être réservé ensemble. Réservez séparément.",
        "de": "Das kann nicht zusammen gebucht werden. Buchen Sie es einzeln.",
        "en": "These cannot be booked together. Book them one by one.",
    },
    errors.QuantityExceeded.code: {
        "nl": "Dit is te veel voor één afspraak. Kies er minder.",
        "fr": "C’est trop pour un seul rendez-vous. Choisissez-en moins.",
        "de": "Das ist zu viel für einen Termin. Wählen Sie weniger.",
        "en": "This is too much for one appointment. Choose fewer.",
    },
    errors.CustomerFieldsMissing.code: {
        "nl": "Vul in wat de gemeente vraagt.",
        "fr": "Complétez ce que la commune demande.",
        "de": "Füllen Sie aus, was die Gemeinde fragt.",
        "en": "Fill in what the municipality asks for.",
    },
    errors.OutsideBookingWindow.code: {
        "nl": "Dit moment kan niet (meer) geboekt worden. Bekijk opnieuw welke momenten vrij zijn.",
        "fr": "Ce moment ne peut pas (ou plus) être réservé. Regardez à nouveau les moments "
        "libres.",
        "de": "Diese Zeit kann nicht (mehr) gebucht werden. Sehen Sie neu nach, was frei ist.",
        "en": "This time cannot be booked (any more). Look again which times are free.",
    },
    errors.InternalError.code: {
        "nl": "Er ging iets mis bij ons. Probeer het opnieuw; u boekt niets dubbel.",
        "fr": "Une erreur s’est produite chez nous. Réessayez; vous ne réservez rien deux fois.",
        "de": "Bei uns ging etwas schief. Versuchen Sie es neu; Sie buchen nichts doppelt.",
        "en": "Something went wrong on our side. Try again; you will not book anything twice.",
    },
    errors.CapabilityNotSupported.code: {
        "nl": "Deze gemeente biedt dit niet online aan.",
        "fr": "Cette commune ne propose pas cela en ligne.",
        "de": "Diese Gemeinde bietet das online nicht an.",
        "en": "This municipality does not offer this online.",
    },
    errors.AdapterNotCertified.code: {
        "nl": "Deze gemeente neemt voorlopig geen boekingen online.",
        "fr": "Cette commune ne prend pas de réservations en ligne pour l’instant.",
        "de": "Diese Gemeinde nimmt vorläufig online keine Buchungen an.",
        "en": "This municipality takes no bookings online for the moment.",
    },
    errors.BadAnswer.code: {
        "nl": "Het afsprakensysteem van de gemeente gaf geen bruikbaar antwoord. "
        "Probeer het later opnieuw.",
        "fr": "Le système de rendez-vous de la commune n’a pas donné de réponse utilisable. "
        "Réessayez plus tard.",
        "de": "Das Terminsystem der Gemeinde gab keine brauchbare Antwort. "
        "Versuchen Sie es später.",
        "en": "The municipality’s appointment system gave no usable answer. Try again later.",
    },
    errors.VendorUnavailable.code: {
        "nl": "Het afsprakensysteem van de gemeente is niet bereikbaar. Er is niets veranderd; "
        "probeer het later opnieuw.",
        "fr": "Le système de rendez-vous de la commune n’est pas joignable. Rien n’a changé; "
        "réessayez plus tard.",
        "de": "Das Terminsystem der Gemeinde ist nicht erreichbar. Es hat sich nichts geändert; "
        "versuchen Sie es später.",
        "en": "The municipality’s appointment system cannot be reached. Nothing was changed; "
        "try again later.",
    },
}
