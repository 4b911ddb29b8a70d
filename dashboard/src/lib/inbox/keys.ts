/** What a key does in the inbox. */
export type Command =
  | "next"
  | "previous"
  | "first"
  | "last"
  | "open"
  | "close"
  | "acknowledge"
  | "dismiss"
  | "snooze"
  | "unread"
  | "select"
  | "undo"
  | "search"
  | "help";

/** Those that lead from row to row. */
const MOVES = ["next", "previous", "first", "last"] as const;
export type Move = (typeof MOVES)[number];

export const isMove = (command: Command): command is Move => MOVES.some((move) => move === command);

/** Keys that are letters or signs, which somebody may turn off, and what the help says of them. */
export const LETTERS: readonly { key: string; command: Command; words: string }[] = [
  { key: "j", command: "next", words: "Next notification" },
  { key: "k", command: "previous", words: "Previous notification" },
  { key: "a", command: "acknowledge", words: "Acknowledge" },
  { key: "e", command: "dismiss", words: "Dismiss" },
  { key: "s", command: "snooze", words: "Snooze" },
  { key: "u", command: "unread", words: "Mark as read, or as unread again" },
  { key: "x", command: "select", words: "Select, to act on several" },
  { key: "z", command: "undo", words: "Undo the last dismissal" },
  { key: "/", command: "search", words: "Search" },
  { key: "?", command: "help", words: "This list" },
];

/** Keys that work in the list whether or not letters do. */
export const OTHERS: readonly { key: string; command: Command; words: string }[] = [
  { key: "ArrowDown", command: "next", words: "Next notification" },
  { key: "ArrowUp", command: "previous", words: "Previous notification" },
  { key: "Home", command: "first", words: "First notification" },
  { key: "End", command: "last", words: "Last notification that is loaded" },
  { key: "Enter", command: "open", words: "Open" },
  { key: "Escape", command: "close", words: "Close, and back to the list" },
];

interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/**
 * What a pressed key does; null for nothing. With Ctrl, Alt or the command key it is the browser's.
 * @param letters whether the person wants letters to do something
 * @param onRow whether a row of the list has the focus: arrows and Enter belong to whatever has it
 */
export function commandOf(pressed: Pressed, letters: boolean, onRow: boolean): Command | null {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return null;
  const other = OTHERS.find(({ key }) => key === pressed.key);
  if (other) return onRow || other.command === "close" ? other.command : null;
  return letters ? (LETTERS.find(({ key }) => key === pressed.key)?.command ?? null) : null;
}

const KEY = "tocsin.letters";

/** Whether letters do something on this device; they do until somebody turns that off (WCAG 2.1.4). */
export const lettersOn = (): boolean => localStorage.getItem(KEY) !== "off";

export const turnLetters = (on: boolean): void => localStorage.setItem(KEY, on ? "on" : "off");
