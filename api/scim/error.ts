import { isPostgresError } from "../../store/db/knex.ts";
import { toProblem } from "../http/errors.ts";

/** RFC 7644, table 9. */
export type ScimType =
  | "invalidFilter"
  | "tooMany"
  | "uniqueness"
  | "mutability"
  | "invalidSyntax"
  | "invalidPath"
  | "noTarget"
  | "invalidValue";

/** A refusal as SCIM has it. */
export class ScimError extends Error {
  readonly status: number;
  readonly scimType: ScimType | null;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    detail: string,
    scimType: ScimType | null = null,
    headers: Record<string, string> = {},
  ) {
    super(detail);
    this.name = "ScimError";
    this.status = status;
    this.scimType = scimType;
    this.headers = headers;
  }

  toJSON(): object {
    return {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
      status: String(this.status),
      ...(this.scimType === null ? {} : { scimType: this.scimType }),
      detail: this.message,
    };
  }
}

export const noResource = (): ScimError => new ScimError(404, "There is no such resource.");
export const badValue = (detail: string): ScimError => new ScimError(400, detail, "invalidValue");
/** What a directory never sets. */
export const beyond = (detail: string): ScimError => new ScimError(403, detail, "mutability");

/** Any error as SCIM has it; it says no more than a client may know. */
export function toScimError(error: unknown): ScimError {
  if (error instanceof ScimError) return error;
  // Row-level security: what the program let through all the same.
  if (isPostgresError(error, "42501")) return new ScimError(403, "A directory may not do that.");
  const { status, message, faults, headers } = toProblem(error);
  // SCIM knows no 422, and has no list of faults.
  if (faults !== undefined)
    return badValue(faults.map((fault) => `${fault.path}: ${fault.message}`).join("; "));
  return new ScimError(status, message, status === 400 ? "invalidSyntax" : null, headers);
}
