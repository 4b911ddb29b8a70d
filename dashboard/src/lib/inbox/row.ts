/** Height of a row of the list; rem, of 15 px each unless its reader wants larger letters. */
export const ROW_REM = 4;
