/** What a part of the bench has found: for people, and by name for programs. */
export interface Report {
  lines: string[];
  figures: Record<string, number>;
}

/** A row of a table: what it is about, and its cells, one below the other. */
export const row = (what: string, cells: (string | number)[]): string =>
  `  ${what.padEnd(46)}${cells.map((cell) => (typeof cell === "number" ? cell.toFixed(cell < 10 ? 2 : 1) : cell).padStart(11)).join("")}`;
