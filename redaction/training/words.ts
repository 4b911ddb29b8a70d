import { readFileSync } from "node:fs";

/** The lines of a vocabulary beside this file, or of one of the redactor's lists. */
export function vocabulary(name: string): string[] {
  return lines(new URL(`vocabulary/${name}.txt`, import.meta.url));
}

export function list(name: string): string[] {
  return lines(new URL(`../lists/${name}.txt`, import.meta.url));
}

function lines(url: URL): string[] {
  return readFileSync(url, "utf8")
    .split("\n")
    .filter((line) => line !== "");
}

/** Each word of it with a capital. */
export function capitalise(text: string): string {
  return text.replace(/(?<![\p{L}'’])\p{L}/gu, (letter) => letter.toUpperCase());
}
