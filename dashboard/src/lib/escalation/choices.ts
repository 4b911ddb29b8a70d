import { allColleagues } from "../api/availability.ts";
import { allRoles, allTopics } from "../api/topics.ts";
import { type Option, personOptions } from "../ui/options.ts";

/** Whom the steps of a territory's policies can tell, by their names. */
export interface Choices {
  people: Option<string>[];
  roles: Option<string>[];
  topics: Option<string>[];
}

export const NO_CHOICES: Choices = { people: [], roles: [], topics: [] };

export async function choicesIn(territory: string): Promise<Choices> {
  const [people, roles, topics] = await Promise.all([
    allColleagues([territory]),
    allRoles(territory),
    allTopics(territory),
  ]);
  return {
    people: personOptions(people),
    roles: roles.map(({ role, name }) => ({ value: role, name })),
    topics: topics.map(({ topic, name }) => ({ value: topic, name })),
  };
}
