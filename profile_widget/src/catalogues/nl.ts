/** Dutch, the source of every text: the list. */

export const words = {
  title: "Geplande afspraken",
  loading: "Bezig met laden…",
  busy: "Even geduld…",
  retry: "Opnieuw proberen",
  logIn: "Aanmelden",
  logInAgain: "Opnieuw aanmelden",
  logOut: "Afmelden",
  loggedInAs: (name: string) => `Aangemeld als ${name}`,
  loggedOutTitle: "Al uw afspraken op één plaats",
  loggedOut:
    "Meld u aan om uw afspraken bij alle gemeenten te zien en om een nieuwe afspraak te maken.",
  loginExpired: "Uw aanmelding is verlopen.",
  loginExpiredKept:
    "Uw aanmelding is verlopen. Meld u opnieuw aan in een nieuw tabblad en kom dan hier terug: wat u invulde, blijft staan.",
  loggedInAgain: "U bent opnieuw aangemeld. U kunt verder.",
  silent: "Niet alles is zichtbaar",
  closedText: "Deze gemeenten nemen hier nu geen nieuwe afspraken aan:",
  silentText: "Deze gemeenten antwoorden nu niet. Wat zij weten, ontbreekt hier:",

  // The list
  newAppointment: "Nieuwe afspraak",
  empty: "U hebt geen geplande afspraken.",
  notAsked:
    "Afspraken die u elders aan het loket of per telefoon maakte, staan hier mogelijk niet bij.",
  bring: "Wat brengt u mee?",
  addToCalendar: "Zet in mijn agenda",
  call: (telephone: string) => `Bel ${telephone}`,
  cancel: "Annuleren",
  reschedule: "Verplaatsen",
  cancellableUntil: (moment: string) => `Annuleren kan tot ${moment}.`,
  cannotCancel: "Annuleren kan hier niet. Neem contact op met de gemeente.",
  verified: (moment: string) => `Nagekeken bij de gemeente: ${moment}`,
  stale: "De gemeente antwoordt nu niet; dit kan verouderd zijn.",
  diverged:
    "De gemeente heeft andere gegevens over deze afspraak. Neem contact op met de gemeente.",
  states: {
    confirming: "Nog niet zeker",
    pendingApproval: "Wacht op goedkeuring",
    rejected: "Niet goedgekeurd",
    failed: "Niet geboekt",
    cancelled: "Geannuleerd door de gemeente",
    pending: "Wordt gewijzigd",
    replaced: "Oud tijdstip",
  },
  pendingApproval: "De gemeente moet deze afspraak nog goedkeuren.",
  failed: "U kunt opnieuw boeken.",
  running: {
    book: "Deze afspraak wordt nu geboekt.",
    cancel: "Deze afspraak wordt nu geannuleerd.",
    reschedule: "Deze afspraak wordt nu verplaatst.",
  },
  unknown: {
    book: "We weten nog niet of deze afspraak geboekt is. We kijken het na. Boek niet opnieuw.",
    cancel: "We weten nog niet of deze afspraak geannuleerd is. We kijken het na.",
    reschedule: "We weten nog niet of deze afspraak verplaatst is. We kijken het na.",
  },
  needsDecision: {
    book: "Het is niet zeker dat uw afspraak geboekt is. Boek niet opnieuw, maar neem contact op met de gemeente.",
    cancel: "Het is niet zeker dat uw afspraak geannuleerd is. Neem contact op met de gemeente.",
    reschedule: "Het is niet zeker dat uw afspraak verplaatst is. Neem contact op met de gemeente.",
  },
  because: {
    compensation: "Een ander deel van dit bezoek kon niet geboekt worden. Daarom annuleren we ook dit.",
    replaced: "Dit is het oude tijdstip van een afspraak die u verplaatste. U hoeft dan niet te komen.",
  },

  // Cancelling
  cancelTitle: "Afspraak annuleren?",
  cancelText: (what: string, when: string) => `U annuleert ‘${what}’ op ${when}.`,
  cancelYes: "Ja, annuleren",
  cancelAll: (count: number) => `Ja, alle ${count} van dit bezoek`,
  cancelNo: "Nee, behouden",
  cancelled: (when: string) => `Uw afspraak van ${when} is geannuleerd.`,

  // What went wrong, by the code of the problem
  problems: {
    noAnswer: "We kregen geen antwoord. Probeer het opnieuw.",
    assuranceTooLow: "Hiervoor moet u zich aanmelden met een sterkere sleutel, zoals itsme of eID.",
    bookingChanged: "Deze afspraak is intussen gewijzigd. Kijk ze na.",
    cancellationClosed: "Dit kan niet meer online. Neem contact op met de gemeente.",
    idempotencyInFlight: "Uw vorige poging loopt nog. Wacht even en probeer dan opnieuw.",
    tooManyRequests: "Dat ging te snel. Wacht even en probeer dan opnieuw.",
    vendorUnavailable: "De gemeente antwoordt nu niet. Probeer het straks opnieuw.",
    vendorBadResponse: "De gemeente antwoordt nu niet zoals het hoort. Probeer het straks opnieuw.",
    other: "Er ging iets mis. Probeer het straks opnieuw.",
  },
};
