/** French: the list. */

import type { Catalogue } from "../catalogue";

export const words: Catalogue = {
  title: "Rendez-vous prévus",
  loading: "Chargement en cours…",
  busy: "Un instant…",
  retry: "Réessayer",
  logIn: "Se connecter",
  logInAgain: "Se reconnecter",
  logOut: "Se déconnecter",
  loggedInAs: (name) => `Connecté en tant que ${name}`,
  loggedOutTitle: "Tous vos rendez-vous au même endroit",
  loggedOut:
    "Connectez-vous pour voir vos rendez-vous dans toutes les communes et pour prendre un nouveau rendez-vous.",
  loginExpired: "Votre session a expiré.",
  loginExpiredKept:
    "Votre session a expiré. Reconnectez-vous dans un nouvel onglet, puis revenez ici : ce que vous avez rempli est conservé.",
  loggedInAgain: "Vous êtes reconnecté. Vous pouvez continuer.",
  silent: "Tout n’est pas affiché",
  closedText: "Ces communes ne prennent pas de nouveaux rendez-vous ici pour le moment :",
  silentText: "Ces communes ne répondent pas en ce moment. Leurs informations manquent ici :",

  newAppointment: "Nouveau rendez-vous",
  empty: "Vous n’avez aucun rendez-vous prévu.",
  notAsked:
    "Les rendez-vous que vous avez pris ailleurs au guichet ou par téléphone n’apparaissent peut-être pas ici.",
  bring: "Que devez-vous apporter ?",
  addToCalendar: "Ajouter à mon agenda",
  call: (telephone) => `Appelez le ${telephone}`,
  cancel: "Annuler",
  reschedule: "Déplacer",
  cancellableUntil: (moment) => `Annulation possible jusqu’au ${moment}.`,
  cannotCancel: "Vous ne pouvez pas annuler ici. Contactez la commune.",
  verified: (moment) => `Vérifié auprès de la commune : ${moment}`,
  stale: "La commune ne répond pas en ce moment ; ces données peuvent être dépassées.",
  diverged: "La commune a d’autres données pour ce rendez-vous. Contactez la commune.",
  states: {
    confirming: "Pas encore certain",
    pendingApproval: "En attente d’approbation",
    rejected: "Non approuvé",
    failed: "Non réservé",
    cancelled: "Annulé par la commune",
    pending: "Modification en cours",
    replaced: "Ancienne heure",
  },
  pendingApproval: "La commune doit encore approuver ce rendez-vous.",
  failed: "Vous pouvez réserver à nouveau.",
  running: {
    book: "Ce rendez-vous est en cours de réservation.",
    cancel: "Ce rendez-vous est en cours d’annulation.",
    reschedule: "Ce rendez-vous est en cours de déplacement.",
  },
  unknown: {
    book: "Nous ne savons pas encore si ce rendez-vous est réservé. Nous le vérifions. Ne réservez pas à nouveau.",
    cancel: "Nous ne savons pas encore si ce rendez-vous est annulé. Nous le vérifions.",
    reschedule: "Nous ne savons pas encore si ce rendez-vous est déplacé. Nous le vérifions.",
  },
  needsDecision: {
    book: "Il n’est pas certain que votre rendez-vous soit réservé. Ne réservez pas à nouveau : contactez la commune.",
    cancel: "Il n’est pas certain que votre rendez-vous soit annulé. Contactez la commune.",
    reschedule: "Il n’est pas certain que votre rendez-vous soit déplacé. Contactez la commune.",
  },
  because: {
    compensation:
      "Une autre partie de cette visite n’a pas pu être réservée. Nous annulons donc aussi celle-ci.",
    replaced:
      "C’est l’ancienne heure d’un rendez-vous que vous avez déplacé. Vous ne devez pas venir à cette heure.",
  },

  cancelTitle: "Annuler le rendez-vous ?",
  cancelText: (what, when) => `Vous annulez « ${what} », le ${when}.`,
  cancelYes: "Oui, annuler",
  cancelAll: (count) => `Oui, les ${count} de cette visite`,
  cancelNo: "Non, conserver",
  cancelled: (when) => `Votre rendez-vous du ${when} est annulé.`,

  problems: {
    noAnswer: "Nous n’avons pas reçu de réponse. Réessayez.",
    assuranceTooLow:
      "Pour cette démarche, connectez-vous avec une clé plus forte, comme itsme ou l’eID.",
    bookingChanged: "Ce rendez-vous a été modifié entre-temps. Vérifiez-le.",
    cancellationClosed: "Ce n’est plus possible en ligne. Contactez la commune.",
    idempotencyInFlight:
      "Votre tentative précédente est encore en cours. Patientez, puis réessayez.",
    tooManyRequests: "C’était trop rapide. Patientez un instant, puis réessayez.",
    vendorUnavailable: "La commune ne répond pas en ce moment. Réessayez plus tard.",
    vendorBadResponse: "La commune donne une réponse anormale. Réessayez plus tard.",
    other: "Un problème est survenu. Réessayez plus tard.",
  },
};
