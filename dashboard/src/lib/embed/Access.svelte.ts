import { type Answer, delay } from "../contract.ts";
import { Problem } from "../api/problem.ts";
import { readBody, sendBy } from "../api/request.ts";
import type { Request, RequestOptions } from "../api/request.ts";
import { serverTime } from "../server-time.ts";

/** What the host's own server was given for the person who is signed in there. */
export type SubjectToken = Answer<"issueSubjectToken">;

/** Why no inbox is shown: the page's own server gave no token, or Tocsin takes none of this page's. */
export type AccessTrouble = "unanswered" | "refused";

interface AccessOwner {
  /** Fetches a token. */
  source: () => Promise<SubjectToken>;
  /** There is a token, or another one; what was wrong until now stands in `trouble` still. */
  renewed: () => void;
  failed: (trouble: AccessTrouble) => void;
}

/** A token is replaced this long before its end, or after two thirds of a shorter one's time; ms. */
const AHEAD = 60_000;
/** However wrong a clock is, the host's server is not asked more often; ms. */
const LEAST = 10_000;

/** By what a page of another system makes its calls: a subject token, which is in memory alone and is replaced before it ends. */
export class Access {
  trouble = $state.raw<AccessTrouble | null>(null);

  readonly #site: string;
  readonly #owner: AccessOwner;
  #token: { text: string; endsAt: number } | null = null;
  #asking: Promise<boolean> | null = null;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  /** @param site Tocsin's address */
  constructor(site: string, owner: AccessOwner) {
    this.#site = site;
    this.#owner = owner;
  }

  /** Gets a token, unless it is asked for one already. Resolves to whether there is one. */
  async renew(): Promise<boolean> {
    this.#asking ??= this.#ask().finally(() => (this.#asking = null));
    return await this.#asking;
  }

  /** Asks for no other one, and shows this one no more. */
  stop(): void {
    this.#stopped = true;
    this.#token = null;
    clearTimeout(this.#timer);
  }

  /** Makes a call; where the token has ended, gets another one and makes it once more. */
  readonly request: Request = async <T>(path: string, options?: RequestOptions): Promise<T> => {
    if (this.#token === null) await this.renew();
    try {
      return await this.#call(path, options);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401 || !(await this.renew())) throw error;
      return await this.#call(path, options);
    }
  };

  /**
   * Whether Tocsin takes the token, as far as can be told. For pages of another origin than the token's a browser hides every answer: they are told from a
   * Tocsin that is away by what it answers to everybody.
   */
  async stands(): Promise<boolean> {
    const taken = await this.#isTaken();
    if (taken !== null) return taken;
    if (!(await this.#isThere())) return true;
    // It may have come back between the two.
    return (await this.#isTaken()) ?? false;
  }

  /** Null where there is no answer. */
  async #isTaken(): Promise<boolean | null> {
    try {
      await this.#call("/notifications/counts");
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return error.status === 0 ? null : error.status !== 401 && error.status !== 403;
    }
  }

  /** Gives up: what the page has is not taken. */
  refuse(): void {
    this.stop();
    this.#fail("refused");
  }

  async #ask(): Promise<boolean> {
    clearTimeout(this.#timer);
    try {
      const { token, expires_at } = await this.#owner.source();
      const endsAt = Date.parse(expires_at);
      if (this.#stopped) return false;
      if (typeof token !== "string" || Number.isNaN(endsAt)) throw new TypeError("token");
      this.#token = { text: token, endsAt };
      const left = endsAt - serverTime();
      this.#wait(Math.max(LEAST, left - Math.min(AHEAD, left / 3)));
      this.#tries = 0;
      this.#owner.renewed();
      this.trouble = null;
      return true;
    } catch {
      if (this.#stopped) return false;
      if (this.#token === null || this.#token.endsAt <= serverTime()) this.#fail("unanswered");
      this.#wait(Math.max(1_000, delay(this.#tries, Math.random())));
      this.#tries += 1;
      return false;
    }
  }

  async #call<T>(path: string, options?: RequestOptions): Promise<T> {
    if (this.#token === null) throw new Problem(401, "about:blank", "There is no token.");
    const headers = { authorization: `Bearer ${this.#token.text}` };
    return await readBody(await sendBy({ site: this.#site, credentials: "omit", headers }, path, options));
  }

  async #isThere(): Promise<boolean> {
    const asked = fetch(`${this.#site}/embed/tocsin-inbox.js`, {
      method: "HEAD",
      cache: "no-store",
      credentials: "omit",
    });
    return await asked.then(
      ({ ok }) => ok,
      () => false,
    );
  }

  #fail(trouble: AccessTrouble): void {
    if (this.trouble === trouble) return;
    this.trouble = trouble;
    this.#owner.failed(trouble);
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.renew(), ms);
  }
}
