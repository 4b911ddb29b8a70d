import { z } from "zod";
import { invalid } from "./errors.ts";

/** A place in a list that is ordered newest first, by time and then id. */
export interface Cursor {
  at: Date;
  id: string;
}

const Wire = z.tuple([z.number().int().min(0).max(8.64e15), z.uuid()]);

/** The cursor as clients carry it; they need not understand it. */
export const encodeCursor = ({ at, id }: Cursor): string =>
  Buffer.from(JSON.stringify([at.getTime(), id])).toString("base64url");

/** @throws Problem 422 when it is not one of ours. */
export function decodeCursor(text: string): Cursor {
  try {
    const [at, id] = Wire.parse(JSON.parse(Buffer.from(text, "base64url").toString("utf8")));
    return { at: new Date(at), id };
  } catch {
    throw invalid([{ path: "/cursor", message: "is not a cursor that a list gave" }]);
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** True for what can be an id of ours at all; anything else is not worth asking the database for. */
export const isUuid = (text: string): boolean => UUID.test(text);
