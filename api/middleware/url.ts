import type { Context, Next } from "koa";
import { invalid, notFound } from "../http/errors.ts";

/** More than any call takes. Koa reads a query in time that grows with the square of its parameters: half a second for 14 KB, on the node's one thread. */
const MOST_PARAMETERS = 100;
/** No call and no page has a longer path: two ids of 200 letters, of which each is nine characters when it is written in per cents. */
const LONGEST_PATH = 4_096;

/**
 * Turns away paths that are too long and queries of too many parameters, before they are read, and addresses that no stored text can match, before anything asks the
 * database for them: PostgreSQL keeps no NUL and no half of a surrogate pair. Answers 404 for a path, 422 for a query.
 */
export function soundUrl() {
  return async (ctx: Context, next: Next): Promise<void> => {
    if (ctx.path.length > LONGEST_PATH || !isSound(decode(ctx.path))) throw notFound();
    if (ctx.querystring.split("&", MOST_PARAMETERS + 1).length > MOST_PARAMETERS)
      throw invalid([{ path: "", message: `may hold ${MOST_PARAMETERS} parameters at most` }]);
    for (const [name, value] of Object.entries(ctx.query)) {
      if (![name, ...[value ?? ""].flat()].every(isSound))
        throw invalid([{ path: `/${encodeURIComponent(name)}`, message: "holds bytes that are not text" }]);
    }
    await next();
  };
}

const isSound = (text: string): boolean => text.isWellFormed() && !text.includes("\0");

/** Leaves a path that can't be decoded as it is: it matches no route. */
function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
