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

/** People as options, by their names. */
export const personOptions = (people: readonly { user_id: string; name: string }[]): Option<string>[] =>
  people.map(({ user_id, name }) => ({ value: user_id, name }));

/** Those whose name or value has all words of a search in it, whatever their order; and what is chosen, also where it is no option any more. */
export function matching(
  options: readonly Option<string>[],
  search: string,
  chosen: string,
): Option<string>[] {
  const words = search.toLowerCase().split(/\s+/);
  const found = options.filter(
    ({ value, name }) =>
      value === chosen || words.every((word) => `${name} ${value}`.toLowerCase().includes(word)),
  );
  if (chosen === "" || found.some(({ value }) => value === chosen)) return found;
  return [{ value: chosen, name: chosen }, ...found];
}
