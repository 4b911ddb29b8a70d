import type { HeuristicFunc } from "wuchale";

/** What no reader sees of an element: code, and what is drawn. */
export const ELEMENTS = new Set(["script", "style", "path", "code", "pre", "kbd"]);

/** Attributes and properties that are for the program. */
const ATTRIBUTES =
  /^(id|class|style|href|src|type|name|role|for|form|key|method|accept|rel|target|autocomplete|inputmode|pattern|tag|look|tone|slot|d|viewBox|fill|shape-rendering|aria-(labelledby|describedby|controls|owns|live|current|haspopup|hidden)|data-.*|on.{3,})$/;

/** Attributes and properties whose single words, too, are read. */
export const READ =
  /^(title|label|legend|hint|placeholder|alt|aria-label|summary|heading|doing|what|one|of|empty)$/;

/** Names that a browser gives to keys, faults and parts of its own. */
const BROWSER = /^(Arrow(Up|Down|Left|Right)|Enter|Escape|Home|End|Tab|Notification|PushManager|\w+Error)$/;

/** Whose arguments are for the program. */
const CALLS =
  /(^|\.)(fetch|request|send|query|querySelector|querySelectorAll|closest|matches|addEventListener|getItem|setItem|removeItem|startsWith|endsWith|includes|has|get|set|must|Error|goto|split|join|getAttribute|setAttribute|toggleAttribute|log|dispatchEvent|matchMedia)$/;

/** What browsers and servers are told in words: selectors, media types, policies and tokens. */
const POLICY = /; charset=|-src |:not\(|^text\/|^\.[a-z]|^Bearer\b/;

/** A sentence or a part of one, or a name. */
const isWords = (text: string): boolean =>
  /\p{L}+[,;:.’')]* +["“(]?\p{L}|[\d#] \p{L}{2,}|\p{L}{2,} #/u.test(text) ||
  /^[^\p{L}]*\p{Lu}\p{Ll}/u.test(text);

/** Whether somebody reads a text. A single word is said to be by `shown` (src/lib/language.ts). */
export const isShown: HeuristicFunc = ({ msgStr, details }) => {
  const text = msgStr.join("\n").trim();
  if (!/\p{L}/u.test(text)) return false;
  if (details.element !== undefined && ELEMENTS.has(details.element)) return false;
  if (details.attribute !== undefined && ATTRIBUTES.test(details.attribute)) return false;
  if (details.scope === "markup") return "message";
  if (details.attribute !== undefined && READ.test(details.attribute)) return "message";
  if (details.scope === "attribute") return isWords(text) ? "message" : false;
  if (details.call === "shown") return "message";
  if (BROWSER.test(text) || POLICY.test(text)) return false;
  if (details.call !== undefined && CALLS.test(details.call)) return false;
  return isWords(text) ? "message" : false;
};
