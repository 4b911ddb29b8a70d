/** What is wrong with the word by which senders ask for a topic, as a sentence; null where nothing is. */
export function wordFault(word: string): string | null {
  return /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(word.trim())
    ? null
    : "Give it lower-case letters and digits, with hyphens between words.";
}
