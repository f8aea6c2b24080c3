/** Instants and days as a citizen reads them: in the location's zone, in the widget's language. */

import type { Language } from "./catalogue";

export interface Local {
  readonly language: Language;
  readonly zone: string;
}

const FORMATS = new Map<string, Intl.DateTimeFormat>();

/** Making a format is slow, using it is not: a month of slots is formatted in one go. */
function formatOf(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options);
  let format = FORMATS.get(key);
  if (!format) FORMATS.set(key, (format = new Intl.DateTimeFormat(locale, options)));
  return format;
}

function format(local: Local, options: Intl.DateTimeFormatOptions, instant: string): string {
  const zoned = { ...options, timeZone: local.zone };
  return formatOf(`${local.language}-BE`, zoned).format(new Date(instant));
}

/** "donderdag 3 december 2026" */
export function longDay(local: Local, instant: string): string {
  return format(
    local,
    { weekday: "long", day: "numeric", month: "long", year: "numeric" },
    instant,
  );
}

/** "3 december" */
export function shortDay(local: Local, instant: string): string {
  return format(local, { day: "numeric", month: "long" }, instant);
}

/** "09:20" */
export function time(local: Local, instant: string): string {
  return format(local, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, instant);
}

/** "3 december, 09:20" */
export function moment(local: Local, instant: string): string {
  return `${shortDay(local, instant)}, ${time(local, instant)}`;
}

/** "donderdag 3 december 2026, 09:20 – 10:05" */
export function span(local: Local, { start, end }: { start: string; end: string }): string {
  return `${longDay(local, start)}, ${time(local, start)} – ${time(local, end)}`;
}

/** What stands on a leaf of a calendar. */
export function leaf(local: Local, instant: string): [weekday: string, day: string, month: string] {
  return [
    format(local, { weekday: "short" }, instant),
    format(local, { day: "numeric" }, instant),
    format(local, { month: "short" }, instant),
  ];
}

/** The local day of an instant, as "2026-12-03". */
export function dayOf(zone: string, instant: string | number): string {
  return formatOf("sv-SE", { timeZone: zone }).format(new Date(instant));
}

/** The local hour of an instant, 0 to 23. */
export function hourOf(zone: string, instant: string): number {
  return Number(time({ language: "nl", zone }, instant).slice(0, 2));
}

/** The day `days` after `day`, both as "2026-12-03". */
export function addDays(day: string, days: number): string {
  const date = new Date(`${day}T00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}
