import type { Option } from "../ui/options.ts";

/** Minutes that are offered; the API takes any from 1 to 240. */
const OFFERED = [5, 15, 30, 60, 120, 240];

const words = (minutes: number): string => {
  if (minutes === 0) return "One by one";
  if (minutes < 60 || minutes % 60 !== 0) return `Every ${minutes} minutes`;
  return minutes === 60 ? "Every hour" : `Every ${minutes / 60} hours`;
};

/** For how long something can be gathered, with what is chosen now; 0: not at all. */
export const choicesOf = (chosen: number): Option<number>[] =>
  [...new Set([0, ...OFFERED, chosen])]
    .sort((one, other) => one - other)
    .map((value) => ({ value, name: words(value) }));
