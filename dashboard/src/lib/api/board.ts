import type { Answer } from "../contract.ts";
import { Problem, readProblem } from "./problem.ts";

export type Board = Answer<"readBoard">;
export type BoardAlert = Board["alerts"][number];
export type BoardStep = BoardAlert["next"];

/** Where a board is read: by somebody signed in, or by a screen on a wall. */
export type BoardPath = "/board" | "/wall";

/** Longest wait for an answer; ms. A board that is asked for every few seconds soon asks again. */
const TIMEOUT = 8_000;

/** A board with its tag; null where it is still the one of that tag. */
export interface TaggedBoard {
  board: Board;
  etag: string;
}

/**
 * Reads a board.
 * @param etag of the one that is there already
 * @throws {Problem} as `request` does
 */
export async function readBoard(path: BoardPath, etag: string | null): Promise<TaggedBoard | null> {
  const response = await fetch(`/api${path}`, {
    headers: { accept: "application/json", ...(etag !== null && { "if-none-match": etag }) },
    credentials: "same-origin",
    cache: "no-store",
    signal: AbortSignal.timeout(TIMEOUT),
  }).catch(() => {
    throw new Problem(0, "about:blank", "No answer.");
  });
  if (response.status === 304) return null;
  if (!response.ok) throw await readProblem(response);
  const board: Board = await response.json().catch(() => {
    throw new Problem(0, "about:blank", "The answer was cut off.");
  });
  return { board, etag: response.headers.get("etag") ?? "" };
}
