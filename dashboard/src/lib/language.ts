export const LANGUAGES = ["en", "es"] as const;
export type Language = (typeof LANGUAGES)[number];

/** What each calls itself. */
export const LANGUAGE_NAMES: Record<Language, string> = { en: "English", es: "Español" };

/** The cookie of a device on which somebody chose. */
export const LANGUAGE_COOKIE = "tocsin_language";

const isLanguage = (value: string | undefined): value is Language =>
  LANGUAGES.some((language) => language === value);

/** The language of a tag such as "es-MX"; undefined where Tocsin does not speak it. */
const languageOf = (tag: string): Language | undefined => {
  const [code] = tag.toLowerCase().split("-");
  return isLanguage(code) ? code : undefined;
};

/** The language that was chosen on a device, by the cookies that it sends; null where none was. */
export function chosenIn(cookies: string): Language | null {
  const [, value] = new RegExp(`(?:^|; *)${LANGUAGE_COOKIE}=([^;]*)`).exec(cookies) ?? [];
  return isLanguage(value) ? value : null;
}

/** The first of a person's languages that Tocsin speaks, e.g. "es" of ["ca", "es-MX", "en"]; English where it speaks none. */
export const firstOf = (tags: readonly string[]): Language =>
  tags.map(languageOf).find((language) => language !== undefined) ?? "en";

interface Scope {
  document?: {
    documentElement: { lang: string };
    querySelector(name: string): { closest(selector: string): { lang: string } | null } | null;
  };
}
const { document } = globalThis as Scope;
/** Where the inbox is put into another system's page, what that says around it counts. */
const around = document?.querySelector("tocsin-inbox")?.closest("[lang]");
const page = (around ?? document?.documentElement)?.lang ?? null;

/** What this page speaks for as long as it is open: the server wrote it there. Without a page, the service worker's, it is the browser's own. */
export const language: Language = firstOf(page === null ? navigator.languages : [page]);

/**
 * How dates and numbers are written. A reader of English or Spanish has them as in their own country, with 12 or 24 hours; undefined is the
 * browser's own way.
 */
export const locale: string | undefined =
  page === null || languageOf(navigator.language) === language
    ? undefined
    : (navigator.languages.find((tag) => languageOf(tag) === language) ?? language);

/** Marks a word that a person reads, where nothing else tells it from a name of the program. The catalogue takes it from here. */
export const shown = (word: string): string => word;
