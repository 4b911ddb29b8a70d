import { readFileSync } from "node:fs";
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { duration } from "./duration.ts";
import type { Difference } from "./difference.ts";
import type { Taken } from "./steps.ts";
import type { Wanted } from "./watch.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A line of the workflows' code. */
export interface Place {
  /** The file's path in its tree. */
  file: string;
  line: number;
  /** What stands there. */
  text: string;
}

/** Where the workflows' own code asked for a step: the innermost line first. */
export function placesOf({ stack }: Pick<Wanted, "stack">): Place[] {
  const found = [...stack.matchAll(/\(?(\/[^\s()]*\/workflows\/[^\s():/]+\.ts):(\d+):\d+\)?/g)];
  return found.flatMap(([, path = "", line = ""]) => {
    if (path.includes(`${sep}node_modules${sep}`)) return [];
    return [{ file: shown(path), line: Number(line), text: lineOf(path, Number(line)) }];
  });
}

function shown(path: string): string {
  const own = relative(ROOT, path);
  return own.startsWith("..") ? path.slice(path.lastIndexOf("/workflows/") + 1) : own;
}

function lineOf(path: string, line: number): string {
  try {
    return (readFileSync(path, "utf8").split("\n")[line - 1] ?? "").trim();
  } catch {
    return "";
  }
}

/** A step in words. */
export function inWords({ kind, name }: Pick<Taken, "kind" | "name">): string {
  switch (kind) {
    case "local activity":
      return `the activity ${name}, run by the workflow's own worker`;
    case "activity":
      return `the activity ${name}, given to a task queue`;
    case "timer":
      return `a wait of ${duration(Number(name))}`;
    case "patch":
      return `the new way of patched("${name}")`;
    case "continuation":
      return "going on in a new run (continueAsNew)";
    case "failure":
      return "the failure of the workflow";
    case "end":
      return "the workflow's end";
  }
}

/** What differs, where, and how to guard it: lines for people. */
export function explain(difference: Difference): string[] {
  const { recorded, wanted, before, thrown } = difference;
  const places = placesOf(wanted ?? before ?? { stack: "" });
  const [place] = places;
  if (thrown !== null) return explainThrown(thrown);
  return [
    recorded === null
      ? "Today's code does something else after all that is on record:"
      : `Today's code does something else, from event ${recorded.eventId} on:`,
    `  on record     ${recorded === null ? "nothing more" : inWords(recorded)}`,
    `  now           ${wanted === null ? "nothing: it waits for something else, or has ended" : inWords(wanted)}`,
    ...places.map(
      ({ file, line, text }, depth) =>
        `  ${(depth > 0 ? "called from" : wanted === null ? "after" : "asked for in").padEnd(13)} ${file}:${line}  ${text}`,
    ),
    "",
    ...guard(recorded, wanted, place),
  ];
}

const explainThrown = (thrown: NonNullable<Difference["thrown"]>): string[] => [
  `Today's code throws: ${thrown.message.split("\n")[0]}`,
  ...placesOf(thrown).map(
    ({ file, line, text }, depth) => `  ${depth > 0 ? "called from" : "in"} ${file}:${line}  ${text}`,
  ),
  "",
  "No run goes on by such code. Mend it; then replay once more.",
];

/** The lines to write, so that runs of before go on as they began. */
function guard(recorded: Taken | null, wanted: Wanted | null, place: Place | undefined): string[] {
  if (recorded?.kind === "patch")
    return [
      `Its run took the new way of patched("${recorded.name}"), which the code asks for no more. Put the call back, or, where no run of the`,
      "old way can be under way any more, this line in its place:",
      "",
      `    deprecatePatch("${recorded.name}");`,
      "",
      ...CLOSE,
    ];
  const old =
    recorded === null ? "go on without this step" : `what the code did before: ${inWords(recorded)}`;
  const fresh = wanted === null || place === undefined ? "what the code does now" : place.text;
  return [
    `To guard the change${place === undefined ? "" : `, in ${place.file}`}:`,
    "",
    '    import { patched } from "@temporalio/workflow";',
    "",
    `    if (patched("${patchName(recorded, wanted, place)}")) {`,
    `      ${fresh}${wanted === null || place === undefined ? " // …" : ""}`,
    "    } else {",
    `      // ${old}`,
    "    }",
    "",
    ...CLOSE,
  ];
}

const CLOSE = [
  "Then `npm run replay:record`, and commit what it adds. docs/workflows.md has a worked example, and says what is taken away when.",
];

/** A name that says what changed; a better one is welcome, once, before it is released. */
function patchName(recorded: Taken | null, wanted: Wanted | null, place: Place | undefined): string {
  const file = place === undefined ? "workflow" : (/([^/]+)\.ts$/.exec(place.file)?.[1] ?? "workflow");
  const step = ({ kind, name }: Pick<Taken, "kind" | "name">): string =>
    kind === "activity" || kind === "local activity" ? kebab(name) : kind === "timer" ? "wait" : kind;
  if (wanted === null) return `${file}-without-${recorded === null ? "a-step" : step(recorded)}`;
  return recorded === null ? `${file}-${step(wanted)}` : `${file}-${step(wanted)}-before-${step(recorded)}`;
}

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
