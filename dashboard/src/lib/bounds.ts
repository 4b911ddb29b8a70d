/** Least and most of a number. */
export interface Bounds {
  readonly least: number;
  readonly most: number;
}

/** Whether it is a whole number within its bounds. */
export const whole = (value: number | null, { least, most }: Bounds): boolean =>
  value !== null && Number.isInteger(value) && value >= least && value <= most;
