/** What is loaded once a citizen starts to book, and not before. */

import { unsafeCSS } from "lit";

import css from "./booking.css?inline";

export { Booking } from "./booking";
export { bookingScreen } from "./screen";
export const styles = unsafeCSS(css);
