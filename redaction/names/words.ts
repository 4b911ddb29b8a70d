/** A set of words written as one line. */
export const words = (list: string): ReadonlySet<string> => new Set(list.split(" "));
