import { error, redirect } from "@sveltejs/kit";
import { describe, Problem } from "./api/problem.ts";

/** Awaits a page's data; without a session it leads to the sign-in page, on other problems to the error page. */
export async function needed<T>(answer: Promise<T>, url: URL): Promise<T> {
  try {
    return await answer;
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (problem.status === 401) toSignIn(url);
    error(problem.status >= 400 && problem.status < 600 ? problem.status : 503, describe(problem));
  }
}

/** Leads to the sign-in page, and back to `url` from there. */
export function toSignIn(url: URL): never {
  const next = url.pathname + url.search;
  redirect(303, next === "/" ? "/sign-in" : `/sign-in?${new URLSearchParams({ next })}`);
}
