/** One thing to choose, and its name. */
export interface Option<V> {
  value: V;
  name: string;
}

/** Options of the values of a list, named by a table of words. */
export const optionsOf = <V extends string>(
  values: readonly V[],
  words: Readonly<Record<V, string>>,
): Option<V>[] => values.map((value) => ({ value, name: words[value] }));

/** The territories of somebody's roles as options, by their names. */
export const membershipOptions = (
  memberships: readonly { territory_id: string; territory_name: string }[],
): Option<string>[] =>
  memberships.map(({ territory_id, territory_name }) => ({ value: territory_id, name: territory_name }));

/** Territories as options, by their names. */
export const territoryOptions = (
  territories: readonly { territory_id: string; name: string }[],
): Option<string>[] => territories.map(({ territory_id, name }) => ({ value: territory_id, name }));
