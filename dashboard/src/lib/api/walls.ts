import type { Answer, Body } from "../contract.ts";
import { request, send } from "./request.ts";
import { getMethods } from "./session.ts";
import type { Fetch } from "./request.ts";

/** A screen on a wall, as administrators see it. */
export type Wall = Answer<"listWalls">["walls"][number];
export type WallWithCode = Answer<"grantWall">;

/** The screens, the last granted first. */
export const listWalls = async (fetch?: Fetch): Promise<Wall[]> =>
  (await request<Answer<"listWalls">>("/walls", { fetch })).walls;
/** Grants one. The act goes on record, and the territory's supervisors are told. */
export const grantWall = (wall: Body<"grantWall">): Promise<WallWithCode> =>
  request("/walls", { method: "POST", body: wall });
export async function endWall(id: string): Promise<void> {
  await send(`/walls/${encodeURIComponent(id)}`, { method: "DELETE" });
}
/** Opens this browser as a screen, by a code that is good once. */
export async function openWall(code: string): Promise<Answer<"openWall">> {
  // With this comes the cookie by which others' wrong codes at the same address don't count against this browser.
  await getMethods(fetch);
  return await request("/wall", { method: "POST", body: { code } });
}
