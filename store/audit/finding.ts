/** Something that is not as it was sealed. */
export interface Finding {
  /** The checkpoint that shows it; null where none does. */
  checkpoint: number | null;
  /** What is wrong, with the events' ids where they can be told. */
  what: string;
}
