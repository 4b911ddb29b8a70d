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
  /** Originals that one person reads in an hour without anybody being told. */
  revealsPerHour: number;
  /** Failed sign-ins of one browser in a minute, ten times as many of an address; the same number, counted apart, of failed keys. */
  failuresPerMinute: number;
  /** Failed sign-ins of one account in a row; every further one has to wait longer. */
  accountFailures: number;
}
