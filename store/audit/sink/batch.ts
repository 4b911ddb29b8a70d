/** One event or checkpoint, as it leaves. */
export interface Entry {
  kind: "event" | "checkpoint";
  at: Date;
  /** One line of JSON. */
  line: string;
}

/** Entries in their order. */
export interface Batch {
  /** The same for the same entries: whoever gets them twice can tell. */
  name: string;
  entries: Entry[];
}
