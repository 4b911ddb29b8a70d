import { type Filter, parse } from "scim2-parse-filter";
import { ScimError } from "./error.ts";

/** Longer ones are refused unread. */
const LONGEST = 1_000;

/** What is looked for: values by the names of attributes, in small letters; all have to be equal. */
export type Wanted = ReadonlyMap<string, string>;

/**
 * Reads a filter of equalities joined by `and`, which is all that directories look for people and groups by.
 * @param known names of attributes that may be looked for, in small letters
 * @throws ScimError 400 for any other
 */
export function readFilter(text: string, known: readonly string[]): Wanted {
  const wanted = new Map<string, string>();
  for (const one of conjunctsOf(parseFilter(text))) {
    const name = one.op === "eq" ? one.attrPath.toLowerCase() : "";
    // `emails[type eq "work"].value eq …`: somebody has one email here, of whatever type.
    if (name === "emails.type" && known.includes("emails.value")) continue;
    if (one.op !== "eq" || typeof one.compValue !== "string" || !known.includes(name))
      throw refused(`Filters may ask for equality of ${known.join(", ")}.`);
    if (wanted.has(name)) throw refused(`${one.attrPath} is asked for twice.`);
    wanted.set(name, one.compValue);
  }
  // Else it would find everybody.
  if (wanted.size === 0) throw refused(`Filters have to ask for one of ${known.join(", ")}.`);
  return wanted;
}

/** @throws ScimError 400 */
function parseFilter(text: string): Filter {
  if (text.length > LONGEST) throw refused(`A filter may hold ${LONGEST} characters at most.`);
  try {
    return parse(text);
  } catch {
    throw refused("The filter can't be read.");
  }
}

/** What is joined by `and`, in brackets too: of those the path stands before each part. */
function conjunctsOf(filter: Filter): Filter[] {
  if (filter.op === "and") return filter.filters.flatMap(conjunctsOf);
  if (filter.op !== "[]") return [filter];
  return conjunctsOf(filter.valFilter).map((part) =>
    part.op === "eq" ? { ...part, attrPath: `${filter.attrPath}.${part.attrPath}` } : part,
  );
}

const refused = (detail: string): ScimError => new ScimError(400, detail, "invalidFilter");
