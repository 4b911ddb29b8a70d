import { CalendarError } from "./error.ts";

/** A line of iCalendar (RFC 5545, section 3.1). */
export interface Line {
  /** In capitals. */
  name: string;
  /** By their names in capitals; of a name that comes twice the last. */
  params: Map<string, string>;
  value: string;
}

/** What stands between `BEGIN` and `END`. */
export interface Component {
  /** In capitals. */
  name: string;
  lines: Line[];
  parts: Component[];
}

/** VCALENDAR, VTIMEZONE and STANDARD are three. */
const DEEPEST = 8;

/**
 * The calendars of a text. It takes time as the text is long, whatever is in it.
 * @throws CalendarError where it is no iCalendar, or breaks off
 */
export function readComponents(text: string): Component[] {
  const found: Component = { name: "", lines: [], parts: [] };
  const open = [found];
  for (const line of unfold(text)) {
    if (line === "") continue;
    const { name, params, value } = readLine(line);
    const into = open.at(-1);
    if (into === undefined) throw new CalendarError("not_icalendar");
    if (name === "BEGIN") {
      const part: Component = { name: value.trim().toUpperCase(), lines: [], parts: [] };
      if (open.length > DEEPEST) throw new CalendarError("not_icalendar");
      into.parts.push(part);
      open.push(part);
    } else if (name === "END") {
      if (open.length === 1 || into.name !== value.trim().toUpperCase())
        throw new CalendarError("not_icalendar");
      open.pop();
    } else into.lines.push({ name, params, value });
  }
  // Cut off on the way, or a page that asks to sign in.
  const calendars = found.parts.filter(({ name }) => name === "VCALENDAR");
  if (open.length > 1 || calendars.length === 0) throw new CalendarError("not_icalendar");
  return calendars;
}

/** A line goes on in those after it that begin with white space. */
function unfold(text: string): string[] {
  const lines: string[] = [];
  const pieces: string[] = [];
  for (const piece of text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/)) {
    if (piece.startsWith(" ") || piece.startsWith("\t")) pieces.push(piece.slice(1));
    else {
      lines.push(pieces.join(""));
      pieces.length = 0;
      pieces.push(piece);
    }
  }
  lines.push(pieces.join(""));
  return lines;
}

/** `NAME;PARAM=value;PARAM="value":value`. @throws CalendarError */
function readLine(line: string): Line {
  const params = new Map<string, string>();
  const head = endOf(line, 0, ";:");
  const name = line.slice(0, head).toUpperCase();
  let at = head;
  while (line[at] === ";") {
    const end = endOf(line, at + 1, ";:");
    const [key = "", ...rest] = line.slice(at + 1, end).split("=");
    params.set(key.trim().toUpperCase(), rest.join("=").replaceAll('"', ""));
    at = end;
  }
  if (line[at] !== ":") throw new CalendarError("not_icalendar");
  return { name, params, value: line.slice(at + 1) };
}

/** Where one of some characters stands first, outside of quotes; the line's end where none does. */
function endOf(line: string, from: number, ends: string): number {
  let quoted = false;
  for (let at = from; at < line.length; at++) {
    const one = line.charAt(at);
    if (one === '"') quoted = !quoted;
    else if (!quoted && ends.includes(one)) return at;
  }
  return line.length;
}
