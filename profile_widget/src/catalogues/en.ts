/** English: the list. */

import type { Catalogue } from "../catalogue";

export const words: Catalogue = {
  title: "Upcoming appointments",
  loading: "Loading…",
  busy: "One moment…",
  retry: "Try again",
  logIn: "Log in",
  logInAgain: "Log in again",
  logOut: "Log out",
  loggedInAs: (name) => `Logged in as ${name}`,
  loggedOutTitle: "All your appointments in one place",
  loggedOut: "Log in to see your appointments in all municipalities and to make a new appointment.",
  loginExpired: "Your login has expired.",
  loginExpiredKept:
    "Your login has expired. Log in again in a new tab, then come back here: what you filled in is kept.",
  loggedInAgain: "You are logged in again. You can go on.",
  silent: "Not everything is shown",
  closedText: "These municipalities take no new appointments here at the moment:",
  silentText: "These municipalities are not answering now. What they know is missing here:",

  newAppointment: "New appointment",
  empty: "You have no upcoming appointments.",
  notAsked:
    "Appointments that you made elsewhere at the counter or by phone may not be shown here.",
  bring: "What to bring",
  addToCalendar: "Add to my calendar",
  call: (telephone) => `Call ${telephone}`,
  cancel: "Cancel",
  reschedule: "Move",
  cancellableUntil: (moment) => `You can cancel until ${moment}.`,
  cannotCancel: "You cannot cancel here. Contact the municipality.",
  verified: (moment) => `Checked with the municipality: ${moment}`,
  stale: "The municipality is not answering now; this may be out of date.",
  diverged: "The municipality has other details of this appointment. Contact the municipality.",
  states: {
    confirming: "Not certain yet",
    pendingApproval: "Waiting for approval",
    rejected: "Not approved",
    failed: "Not booked",
    cancelled: "Cancelled by the municipality",
    pending: "Being changed",
    replaced: "Old time",
  },
  pendingApproval: "The municipality still has to approve this appointment.",
  failed: "You can book again.",
  running: {
    book: "This appointment is being booked.",
    cancel: "This appointment is being cancelled.",
    reschedule: "This appointment is being moved.",
  },
  unknown: {
    book: "We do not know yet whether this appointment is booked. We are checking. Do not book again.",
    cancel: "We do not know yet whether this appointment is cancelled. We are checking.",
    reschedule: "We do not know yet whether this appointment has been moved. We are checking.",
  },
  needsDecision: {
    book: "It is not certain that your appointment is booked. Do not book again; contact the municipality.",
    cancel: "It is not certain that your appointment is cancelled. Contact the municipality.",
    reschedule: "It is not certain that your appointment has moved. Contact the municipality.",
  },
  because: {
    compensation:
      "Another part of this visit could not be booked. That is why we are cancelling this one too.",
    replaced: "This is the old time of an appointment that you moved. You need not come then.",
  },

  cancelTitle: "Cancel the appointment?",
  cancelText: (what, when) => `You are cancelling ‘${what}’ on ${when}.`,
  cancelYes: "Yes, cancel",
  cancelAll: (count) => `Yes, all ${count} of this visit`,
  cancelNo: "No, keep",
  cancelled: (when) => `Your appointment of ${when} is cancelled.`,

  problems: {
    noAnswer: "We got no answer. Please try again.",
    assuranceTooLow: "For this you need to log in with a stronger key, such as itsme or eID.",
    bookingChanged: "This appointment has changed in the meantime. Please check it.",
    cancellationClosed: "This can no longer be done online. Contact the municipality.",
    idempotencyInFlight: "Your previous attempt is still running. Wait a moment, then try again.",
    tooManyRequests: "That was too fast. Wait a moment, then try again.",
    vendorUnavailable: "The municipality is not answering now. Try again later.",
    vendorBadResponse: "The municipality is not answering properly now. Try again later.",
    other: "Something went wrong. Try again later.",
  },
};
