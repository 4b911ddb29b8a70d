import { Problem } from "../api/problem.ts";

const AGAIN = "urn:tocsin:problem:sign-in-again";

/** Has the person show the password or a code again; false when they leave it. */
export type Ask = () => Promise<boolean>;

let ask: Ask = () => Promise.resolve(false);

/** Says who asks, for as long as the pages of somebody signed in are shown. @returns a function that ends it */
export function setAsk(now: Ask): () => void {
  ask = now;
  return () => {
    ask = () => Promise.resolve(false);
  };
}

/** Makes a call; where the server wants to see the password again first, asks for it and makes the call once more. */
export async function withConfirmation<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof Problem) || error.type !== AGAIN || !(await ask())) throw error;
    return await call();
  }
}
