/** The counters; each one's metric is `tocsin_live_<name>_total`. */
export type LiveCounter =
  /** A message on the bus that could not be read. */
  | "bridge_invalid"
  /** A receipt's hint that could not be published. */
  | "hint_lost"
  | "upgrades"
  | "upgrades_refused"
  | "closed"
  | "frames_sent"
  | "frames_received"
  | "frames_refused"
  | "resumes"
  /** A reader that did not keep up. */
  | "too_slow"
  /** A change that no hint announced, found by the periodic check. */
  | "changes_missed"
  | "store_errors";

export interface LiveMetrics {
  /** @param label the close code, or the reason of a refusal */
  count(name: LiveCounter, label?: string | number): void;
  /** Round trip of a ping, in ms. */
  ping(ms: number): void;
  /** From a notification's frame to the receipt of the client, in ms. */
  receipt(ms: number): void;
}

export const noMetrics: LiveMetrics = { count() {}, ping() {}, receipt() {} };
