/** Why a request did not succeed, whatever went wrong: a problem+json, another answer, no answer. */

import type { Sentence } from "./catalogue";
import type { Issue, Problem } from "./contract";

export class Failure extends Error {
  constructor(
    readonly code: string,
    /** Whether a write took effect all the same. */
    readonly outcome: Problem["outcome"] = "unknown",
    readonly retry: Problem["retry"] = "sameKey",
    readonly issues: readonly Issue[] = [],
  ) {
    super(code);
  }

  /**
   * What to say of it. The problem's own texts are for developers, in English. Nothing of a login
   * that has expired: the widget says that itself, once.
   */
  get sentence(): Sentence {
    return ({ problems, refusals }) => {
      if (this.code === "noAccessToken") return "";
      const known: Record<string, string> = { ...problems, ...refusals };
      return known[this.code] ?? problems.other;
    };
  }

  static async of(response: Response): Promise<Failure> {
    try {
      const { code, outcome, retry, issues }: Problem = await response.json();
      return new Failure(code, outcome, retry, issues);
    } catch {
      return new Failure("noAnswer");
    }
  }

  static from(error: unknown): Failure {
    return error instanceof Failure ? error : new Failure("noAnswer");
  }
}
