/** How many codes there are: three digits, the first of which is no zero. */
const CODES = 900;

/**
 * By which a short answer names an alert among others: three digits of its id, as `store/transitions/answer_code.sql` makes them. Two alerts of a
 * person that have the same are told apart by neither, and an answer with it does nothing.
 */
export const answerCode = (notificationId: string): string =>
  String((Number.parseInt(notificationId.slice(-7), 16) % CODES) + 100);
