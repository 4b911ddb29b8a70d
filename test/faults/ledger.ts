/** A message that the run hands in: to one person, or to everybody of a territory. */
export interface Entry {
  /** Its text, which no other entry has. */
  text: string;
  kind: Kind;
  recipients: string[];
  /** The id that it was accepted with; null while no answer said so. */
  id: string | null;
  /** ms since the run began. */
  acceptedAt: number | null;
  /** Before which nobody sees it, and after which nobody is told of it; ms since 1970. */
  sendAt?: number;
  expiresAt?: number;
  /** It was offered again after its time only, and refused; it may have been taken in before. */
  refused?: true;
  /** What its sender heard on taking it back: that nobody has it any more, or that it is too late. */
  takenBack?: "cancelled" | "too late";
}

export type Kind =
  | "ordinary"
  | "critical"
  | "bulk"
  | "broadcast"
  | "critical broadcast"
  | "taken back"
  | "expiring"
  | "for later";

/** A fault as it happened; ms since the run began. */
export interface Trouble {
  name: string;
  from: number;
  to: number;
}

/** What a person's device showed. */
export interface Shown {
  person: string;
  /** The number up to which it has seen the inbox. */
  position: number;
  /** Notifications by their ids: when it first showed each; ms since the run began. */
  at: ReadonlyMap<string, number>;
}

/** What broke a promise. */
export interface Found {
  detail: string;
  /** The notification or delivery that it is about. */
  id?: string;
}

/** What the run was promised, and what was seen from outside. */
export interface Ledger {
  entries: Entry[];
  troubles: Trouble[];
  /** Acknowledgements that were answered 200. */
  acknowledged: { id: string; person: string }[];
  /** Answers that no caller should get, neither success nor "try again", and parts that did not come back. */
  wrongAnswers: string[];
  shown: Shown[];
  /** What the provider outside was handed, by the delivery's id, as often as it was. */
  pages: string[];
}

export const emptyLedger = (): Ledger => ({
  entries: [],
  troubles: [],
  acknowledged: [],
  wrongAnswers: [],
  shown: [],
  pages: [],
});
