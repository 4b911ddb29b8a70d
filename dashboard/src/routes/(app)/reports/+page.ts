import { error } from "@sveltejs/kit";
import { describe, Problem } from "#lib/api/problem.ts";
import { readLoad, readResponseTimes } from "#lib/api/reports.ts";
import type { LoadRow, ResponseRow } from "#lib/api/reports.ts";
import { isSupervisor } from "#lib/api/session.ts";
import { needed } from "#lib/load.ts";
import { readFilters, reportQuery } from "#lib/reports/filters.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url, parent }) => {
  const { session } = await parent();
  if (!isSupervisor(session)) error(403, "Only supervisors can see reports.");
  const filters = readFilters(url.searchParams);
  const query = reportQuery(filters);
  const nothing: Shown = { times: [], load: [], trouble: null };
  const read: Promise<Shown> =
    filters.report === "load"
      ? readLoad(query, fetch).then((rows) => ({ ...nothing, load: rows }))
      : readResponseTimes(query, fetch).then((rows) => ({ ...nothing, times: rows }));
  return { filters, ...(await needed(read.catch(whatToMend(nothing)), url)) };
};

interface Shown {
  times: ResponseRow[];
  load: LoadRow[];
  trouble: string | null;
}

/** Days that are too many, or too soon again: the filters stay, so that others can be chosen. */
const whatToMend =
  (nothing: Shown) =>
  (problem: unknown): Shown => {
    if (problem instanceof Problem && (problem.status === 422 || problem.status === 429))
      return { ...nothing, trouble: describe(problem) };
    throw problem;
  };
