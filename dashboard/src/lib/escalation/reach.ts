import type { Colleague } from "../api/availability.ts";
import type { OnCall } from "../api/on-call.ts";
import type { StepTarget } from "../api/policies.ts";
import type { Topic } from "../api/topics.ts";

/** Who is where in a territory now, as far as steps of policies ask for it. */
export interface Reach {
  /** The active people. */
  people: readonly Pick<Colleague, "user_id" | "name" | "roles">[];
  onCall: readonly Pick<OnCall, "role" | "name" | "person">[];
  topics: readonly Pick<Topic, "topic" | "name" | "roles" | "members">[];
}

/** The names of those whom a step tells if it comes now; null for a recipient, who differs from alert to alert. */
export function toldNow(to: StepTarget, { people, onCall, topics }: Reach): string[] | null {
  const holderOf = (role: string): { user_id: string; name: string }[] => {
    const person = onCall.find((one) => one.role === role)?.person ?? null;
    return person === null ? [] : [person];
  };
  const names = (found: readonly { user_id: string; name: string }[]): string[] => [
    ...new Map(found.map(({ user_id, name }) => [user_id, name])).values(),
  ];
  if ("recipient" in to) return null;
  if ("user_id" in to) return names(people.filter(({ user_id }) => user_id === to.user_id));
  if ("topic" in to) {
    const topic = topics.find((one) => one.topic === to.topic);
    if (topic === undefined) return [];
    return names([...topic.members.filter(({ active }) => active), ...topic.roles.flatMap(holderOf)]);
  }
  const { role } = to;
  if (role === "supervisor" || role === "clinician")
    return names(people.filter(({ roles }) => roles.includes(role)));
  return names(holderOf(role));
}
