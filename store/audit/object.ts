import { isUuid } from "../../config/ids.ts";

/** An object's id as the record has it: UUIDs in the letters that PostgreSQL writes, however a caller wrote them, so that a search finds all. */
export const objectOf = (id: string): string => (isUuid(id) ? id.toLowerCase() : id);
