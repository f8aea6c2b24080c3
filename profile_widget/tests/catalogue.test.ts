import { expect, test } from "vitest";

import { languageOf } from "../src/catalogue";

test("a language that we do not have is Dutch", () => {
  expect(["fr", "FR-be", "de-AT", "en", "nl-BE"].map(languageOf)).toEqual([
    "fr",
    "fr",
    "de",
    "en",
    "nl",
  ]);
  expect([undefined, null, "", "es", "toString"].map(languageOf)).toEqual(Array(5).fill("nl"));
});
