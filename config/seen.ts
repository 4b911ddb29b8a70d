/** A character that is seen: none of those that only shape others, fill, or take room (Braille without a dot, a note without a head, blanks among hieroglyphs). */
const SEEN = /[^\s\p{Cc}\p{Cf}\p{M}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}\u{13441}\u{13442}]/u;

/** What shapes its neighbours in scripts that join, and in emoji. Nothing shows it between other letters. */
const JOINERS =
  /(?<=[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}])(?<![\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\u0300-\u036f])[\u200c\u200d]|(?<=\p{Extended_Pictographic})\ufe0f/gu;
/** What is not seen, or changes the order in which the rest is: by it, two names look the same, or one looks like another. */
const UNSEEN = /[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** Whether a text shows something. */
export const isSeen = (text: string): boolean => SEEN.test(text);

/** Whether a text holds what nobody sees, joiners aside where they shape something. */
export const holdsUnseen = (text: string): boolean => UNSEEN.test(text.replaceAll(JOINERS, ""));
