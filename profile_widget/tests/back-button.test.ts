import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { BackButton } from "../src/booking/back-button";

const PAGE = "http://portal/afspraken";

/** The browser's history, as far as one page goes on from another. */
class Tab {
  readonly entries: { href: string; state: unknown }[] = [{ href: PAGE, state: null }];
  at = 0;
  onPop: () => void = () => undefined;

  get state(): unknown {
    return this.entries[this.at]?.state;
  }

  get href(): string {
    return this.entries[this.at]?.href ?? "";
  }

  readonly pushState = (state: unknown, _: string, href = this.href): void => {
    this.entries.splice(++this.at, Infinity, { href, state });
  };

  readonly back = (): void => {
    this.at--;
    this.onPop();
  };

  /** A link within the page; browsers tell of it as of Back. */
  follow(fragment: string): void {
    this.pushState(null, "", `${PAGE}#${fragment}`);
    this.onPop();
  }
}

let tab: Tab;
let steps: number;

beforeEach(() => {
  tab = new Tab();
  steps = 2;
  vi.stubGlobal("history", tab);
  vi.stubGlobal("location", tab);
  vi.stubGlobal("addEventListener", (_: string, heard: () => void) => {
    tab.onPop = heard;
  });
  vi.stubGlobal("removeEventListener", () => {
    tab.onPop = () => undefined;
  });
});

afterEach(() => vi.unstubAllGlobals());

function aStepBack(): boolean {
  return --steps > 0;
}

test("Back is one step back as long as there is one", () => {
  new BackButton(aStepBack);
  tab.back();
  expect([steps, tab.at]).toEqual([1, 1]);
  tab.back();
  expect([steps, tab.at]).toEqual([0, 0]);
});

test("a link within the page, and Back from there, is no step back", () => {
  new BackButton(aStepBack);
  tab.follow("content");
  tab.back();
  expect([steps, tab.at]).toEqual([2, 1]);
  tab.back();
  expect(steps).toBe(1);
});

test("its own entry is gone once it stops", () => {
  new BackButton(aStepBack).stop();
  expect([steps, tab.at]).toEqual([2, 0]);
});
