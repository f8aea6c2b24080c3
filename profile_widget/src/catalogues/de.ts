/** German: the list. */

import type { Catalogue } from "../catalogue";

export const words: Catalogue = {
  title: "Bevorstehende Termine",
  loading: "Wird geladen…",
  busy: "Einen Moment…",
  retry: "Erneut versuchen",
  logIn: "Anmelden",
  logInAgain: "Erneut anmelden",
  logOut: "Abmelden",
  loggedInAs: (name) => `Angemeldet als ${name}`,
  loggedOutTitle: "Alle Ihre Termine an einem Ort",
  loggedOut:
    "Melden Sie sich an, um Ihre Termine bei allen Gemeinden zu sehen und einen neuen Termin zu vereinbaren.",
  loginExpired: "Ihre Anmeldung ist abgelaufen.",
  loginExpiredKept:
    "Ihre Anmeldung ist abgelaufen. Melden Sie sich in einem neuen Tab erneut an und kehren Sie dann hierher zurück: Ihre Angaben bleiben erhalten.",
  loggedInAgain: "Sie sind wieder angemeldet. Sie können fortfahren.",
  silent: "Nicht alles ist sichtbar",
  closedText: "Diese Gemeinden nehmen hier derzeit keine neuen Termine an:",
  silentText: "Diese Gemeinden antworten derzeit nicht. Ihre Angaben fehlen hier:",

  newAppointment: "Neuer Termin",
  empty: "Sie haben keine bevorstehenden Termine.",
  notAsked:
    "Termine, die Sie anderswo am Schalter oder telefonisch vereinbart haben, fehlen hier möglicherweise.",
  bring: "Was bringen Sie mit?",
  addToCalendar: "In meinen Kalender eintragen",
  call: (telephone) => `Rufen Sie ${telephone} an`,
  cancel: "Absagen",
  reschedule: "Verschieben",
  cancellableUntil: (moment) => `Absagen können Sie bis ${moment}.`,
  cannotCancel: "Hier können Sie nicht absagen. Wenden Sie sich an die Gemeinde.",
  verified: (moment) => `Bei der Gemeinde geprüft: ${moment}`,
  stale: "Die Gemeinde antwortet derzeit nicht; diese Angaben können veraltet sein.",
  diverged: "Die Gemeinde hat andere Angaben zu diesem Termin. Wenden Sie sich an die Gemeinde.",
  states: {
    confirming: "Noch nicht sicher",
    pendingApproval: "Wartet auf Genehmigung",
    rejected: "Nicht genehmigt",
    failed: "Nicht gebucht",
    cancelled: "Von der Gemeinde abgesagt",
    pending: "Wird geändert",
    replaced: "Alte Zeit",
  },
  pendingApproval: "Die Gemeinde muss diesen Termin noch genehmigen.",
  failed: "Sie können neu buchen.",
  running: {
    book: "Dieser Termin wird gerade gebucht.",
    cancel: "Dieser Termin wird gerade abgesagt.",
    reschedule: "Dieser Termin wird gerade verschoben.",
  },
  unknown: {
    book: "Wir wissen noch nicht, ob dieser Termin gebucht ist. Wir prüfen es. Bitte nicht erneut buchen.",
    cancel: "Wir wissen noch nicht, ob dieser Termin abgesagt ist. Wir prüfen es.",
    reschedule: "Wir wissen noch nicht, ob dieser Termin verschoben ist. Wir prüfen es.",
  },
  needsDecision: {
    book: "Es ist nicht sicher, ob Ihr Termin gebucht ist. Buchen Sie nicht noch einmal, sondern wenden Sie sich an die Gemeinde.",
    cancel: "Es ist nicht sicher, ob Ihr Termin abgesagt ist. Wenden Sie sich an die Gemeinde.",
    reschedule: "Es ist nicht sicher, ob Ihr Termin verschoben ist. Wenden Sie sich an die Gemeinde.",
  },
  because: {
    compensation:
      "Ein anderer Teil dieses Besuchs konnte nicht gebucht werden. Deshalb sagen wir auch diesen ab.",
    replaced:
      "Das ist die alte Zeit eines Termins, den Sie verschoben haben. Sie brauchen dann nicht zu kommen.",
  },

  cancelTitle: "Termin absagen?",
  cancelText: (what, when) => `Sie sagen „${what}“ am ${when} ab.`,
  cancelYes: "Ja, absagen",
  cancelAll: (count) => `Ja, alle ${count} dieses Besuchs`,
  cancelNo: "Nein, behalten",
  cancelled: (when) => `Ihr Termin vom ${when} ist abgesagt.`,

  problems: {
    noAnswer: "Wir haben keine Antwort erhalten. Versuchen Sie es erneut.",
    assuranceTooLow:
      "Dafür müssen Sie sich mit einem stärkeren Schlüssel anmelden, etwa itsme oder eID.",
    bookingChanged: "Dieser Termin wurde inzwischen geändert. Bitte prüfen Sie ihn.",
    cancellationClosed: "Das ist online nicht mehr möglich. Wenden Sie sich an die Gemeinde.",
    idempotencyInFlight:
      "Ihr voriger Versuch läuft noch. Warten Sie kurz und versuchen Sie es dann erneut.",
    tooManyRequests: "Das ging zu schnell. Warten Sie kurz und versuchen Sie es dann erneut.",
    vendorUnavailable: "Die Gemeinde antwortet derzeit nicht. Versuchen Sie es später erneut.",
    vendorBadResponse:
      "Die Gemeinde antwortet derzeit nicht richtig. Versuchen Sie es später erneut.",
    other: "Etwas ist schiefgegangen. Versuchen Sie es später erneut.",
  },
};
