/** SQL: a time as the microseconds since 1970, by which it is known again; a Date would lose the last three digits. */
export const microsecondsOf = (time: string): string =>
  `CAST(extract(epoch FROM ${time}) * 1000000 AS bigint)`;

/** SQL: the time of the binding `:moment`, in microseconds since 1970. */
export const AT_MICROSECOND = "(timestamptz 'epoch' + CAST(:moment AS float8) * interval '1 microsecond')";
