import { parentPort, workerData } from "node:worker_threads";
import { CalendarError, type CalendarFault } from "./error.ts";
import { type Question, readCalendar, type Reading } from "./read.ts";

/** What the thread answers. */
export type Answer = { reading: Reading } | { fault: CalendarFault };

function answer(question: Question): Answer {
  try {
    return { reading: readCalendar(question) };
  } catch (error) {
    if (error instanceof CalendarError) return { fault: error.fault };
    throw error;
  }
}

const question: Question = workerData;
parentPort?.postMessage(answer(question));
