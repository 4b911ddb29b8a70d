/** How much concern something deserves. Colour alone never says it: words and an icon stand beside it. */
export type Tone = "good" | "warn" | "bad" | "neutral";
