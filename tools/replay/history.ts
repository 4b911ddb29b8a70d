import { readFileSync } from "node:fs";
import type { Client } from "@temporalio/client";
import { WorkflowNotFoundError } from "@temporalio/client";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import { z } from "zod";
import { isNotFound } from "../../config/grpc.ts";
import { StartProblem } from "../services/problem.ts";

const Event = z.looseObject({ eventId: z.string(), eventTime: z.string(), eventType: z.string() });
export type Event = z.infer<typeof Event>;

/** A workflow's history as Temporal keeps it, in its JSON form. */
export const History = z.object({ events: z.array(Event).min(1) });
export type History = z.infer<typeof History>;

/** A workflow's last run, or a certain one; null where Temporal has none, or has kept it for as long as its namespace says. */
export async function fetchHistory(
  client: Client,
  workflowId: string,
  runId?: string,
): Promise<History | null> {
  try {
    return toHistory(await client.workflow.getHandle(workflowId, runId).fetchHistory());
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || isNotFound(error)) return null;
    throw error;
  }
}

function toHistory(history: Parameters<typeof historyToJSON>[0]): History {
  const parsed: unknown = JSON.parse(historyToJSON(history));
  return History.parse(parsed);
}

/** @throws StartProblem when the file can't be read or holds no history. */
export function readHistory(file: string): History {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    const why = cause instanceof SyntaxError ? "is no JSON" : "can't be read";
    throw new StartProblem(`${file} ${why}. Give a history as \`npm run replay:record\` writes it.`, {
      cause,
    });
  }
  const parsed = History.safeParse(content);
  if (parsed.success) return parsed.data;
  throw new StartProblem(`${file} holds no workflow history: an object with \`events\` is expected.`);
}
