/** Nobody notices within this time that another row has come under the pointer; ms. */
export const BLINK = 400;

interface Row {
  id: string;
  /** Its edges in the window; px. */
  top: number;
  bottom: number;
}

/** Remembers where rows were a moment ago, so that a click meant for one is not taken for another. */
export class Footing {
  #past: { at: number; rows: readonly Row[] }[] = [];

  /** Notes where the rows are; to be called just before they may move. @param at the time, in ms */
  note(rows: readonly Row[], at: number): void {
    this.#past = [...this.#past.filter((past) => at - past.at < BLINK), { at, rows }];
  }

  /** Whether another row than this was at a height of the window within the last moment. */
  isFresh(id: string, y: number, at: number): boolean {
    return this.#past.some(
      (past) =>
        at - past.at < BLINK && past.rows.some((row) => row.top <= y && y < row.bottom && row.id !== id),
    );
  }
}
