/** How long a session lasts; seconds. Automatic logoff: 45 CFR 164.312(a)(2)(iii). */
export interface SessionLimits {
  /** The longest that it lasts while the person does nothing. */
  idleSeconds: number;
  /** The longest that it lasts, whatever the person does. */
  absoluteSeconds: number;
}

/** How many calls are let through. */
export interface RateSettings {
  /** Sends of one key in a second. */
  sendsPerSecond: number;
  /** Failed sign-ins and failed keys of one address in a minute. */
  failuresPerMinute: number;
  /** Failed sign-ins of one account in 15 minutes. */
  accountFailures: number;
}
