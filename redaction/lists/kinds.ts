/** The kinds of word; a word can be of several at once. */
export const EVERYDAY = 1;
export const COMMON = 2;
export const ENGLISH = 4;
export const CLINICAL = 8;
export const FIRST_NAME = 16;
export const SURNAME = 32;
export const CITY = 64;
export const PROPER = 128;
export const EPONYM = 256;
export const ACRONYM = 512;
export const FACILITY = 1024;
/** Scientific terms at large, as opposed to words of everyday messages. */
export const SCIENCE = 2048;
/** Among the 1,500 surnames, or the 1,600 first names, that most people in the United States bear. */
export const TOP_SURNAME = 4096;
export const TOP_FIRST_NAME = 8192;
/** Words of everyday and clinical messages in Spanish, German, French and Dutch. */
export const FOREIGN = 16384;
/** In no list of names but the longest one, of names from all over the world, which has many misspelled ones. */
export const RARE_NAME = 32768;

/** What else is known of a word, in the bits above its kinds: each fact begins at its bit. */
export const SENSE = 16;
/** How often it is said: a level from 1 to 7, and 8 more for a word that mostly has a capital. */
export const USAGE = 22;
/** How many people bear it as a surname, and as a first name: 1 for the most frequent. */
export const LAST_RANK = 26;
export const FIRST_RANK = 29;
