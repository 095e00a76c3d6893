/** The page's language, as the server wrote it into the document; and texts in every language, side by side. */
export const LANGUAGES = ["en", "es"] as const;
export type Language = (typeof LANGUAGES)[number];

const said = globalThis.document?.documentElement.lang;
export const language: Language = LANGUAGES.find((each) => each === said) ?? "en";

/** The texts of one place in the page's language. The types see to it that every language has all of them. */
export function texts<T>(all: { en: T; es: NoInfer<T> }): T {
  return all[language];
}
