import { z } from "zod";
import { type GroupAttributes, membersOf, placeOf, type Setting, settingsOf } from "./attributes.ts";
import { badValue, ScimError } from "./error.ts";
import { readFilter } from "./filter.ts";

/** More of them are refused. */
const MOST = 1_000;

const Operations = z
  .array(
    z.object({
      op: z
        .string()
        .transform((op) => op.toLowerCase())
        .pipe(z.enum(["add", "remove", "replace"])),
      path: z.string().max(1_000).optional(),
      value: z.unknown().optional(),
    }),
  )
  .min(1)
  .max(MOST);

/** One operation of a PATCH (RFC 7644, 3.5.2). */
export type Operation = z.output<typeof Operations>[number];

/** The operations of a PATCH; Entra ID writes `Add`, and some write `operations`. @throws ScimError 400 */
export function readPatch(body: unknown): Operation[] {
  const given =
    typeof body === "object" && body !== null
      ? Object.entries(body).find(([name]) => name.toLowerCase() === "operations")?.[1]
      : undefined;
  const read = Operations.safeParse(given);
  if (!read.success)
    throw new ScimError(400, "Operations has to be a list of add, remove and replace.", "invalidSyntax");
  return read.data;
}

/** `list[condition].part`: those of a list whom a condition chooses. */
interface Chosen {
  list: string;
  condition: string;
  part: string;
}

/** Splits a path that chooses of a list, in one walk over it; null for any other. */
function chosenBy(path: string): Chosen | null {
  const [from, to] = [path.indexOf("["), path.lastIndexOf("]")];
  const part = path.slice(to + 1);
  if (from === -1 || to < from || !/^(?:\.\w+)?$/.test(part)) return null;
  return { list: path.slice(0, from), condition: path.slice(from + 1, to), part: part.slice(1) };
}

/**
 * What an operation sets, the members that `patchMembers` takes aside. Without a path its value is an object that names
 * attributes, whose names may hold dots.
 * @throws ScimError 400
 */
export function settingsIn({ op, path, value }: Operation): Setting[] {
  if (path === undefined || path === "") {
    if (op === "remove") throw new ScimError(400, "A removal needs a path.", "noTarget");
    return settingsOf(value).map((setting) => ({ ...setting, adds: op === "add" }));
  }
  const chosen = chosenBy(path);
  // Emails, addresses and the like by their type: Tocsin keeps none of them; but roles are refused in this form, too.
  if (chosen !== null)
    return [{ ...placeOf(chosen.list), sub: chosen.part, value: op === "remove" ? null : value, adds: true }];
  if (!/^[\w$.:-]+$/.test(path)) throw new ScimError(400, "The path can't be read.", "invalidPath");
  return [{ ...placeOf(path), value: op === "remove" ? null : value, adds: op === "add" }];
}

/**
 * Does an operation on a group's members; false for one on anything else. Of them one is chosen by their id alone: any other condition
 * would be asked of each.
 * @throws ScimError 400
 */
export function patchMembers(group: GroupAttributes, { op, path = "", value }: Operation): boolean {
  const chosen = chosenBy(path);
  const { name } = placeOf(chosen?.list ?? path);
  if (name !== "members") return false;
  if (chosen !== null) {
    const id = readFilter(chosen.condition, ["value"]).get("value");
    if (id === undefined) throw new ScimError(400, "Members are chosen by their value.", "invalidFilter");
    if (op !== "remove") throw badValue("Members are added and taken, and not changed.");
    group.members.delete(id);
    return true;
  }
  if (op !== "remove") return false;
  // Entra ID names those to take in `value`; RFC 7644 takes all of them then.
  if (value === undefined || value === null) group.members.clear();
  for (const id of membersOf(value)) group.members.delete(id);
  return true;
}
