/** The text that may be shown, and a summary of the identifiers taken out of it: the rules' version and counts per kind. */
export interface Redaction {
  title: string | null;
  message: string;
  redaction: { version: string; counts: Record<string, number> };
}
