/** A difference between the record and what was sealed. */
export interface Finding {
  /** The checkpoint that shows the difference; null where none does. */
  checkpoint: number | null;
  /** What is wrong, with the events' ids where they can be told. */
  what: string;
}
