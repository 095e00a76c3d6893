/** What an answer must be for the page to read it: what is none may come from a proxy, or from another version of the server. */

const LISTS: readonly (readonly [path: RegExp, keys: readonly string[]])[] = [
  [/\/webhooks\/(subscriptions|deliveries|events|event-types)$/, ["items"]],
  [/\/webhooks\/deliveries\/[^/]+$/, ["attempts"]],
  [/\/endpoints$/, ["items"]],
  [/\/attempts$/, ["fields", "rows"]],
  [/\/history$/, ["at", "attempts"]],
  [/\/summary$/, ["open_circuits"]],
];

/** Whether `value` is an object with the lists that answers to a GET of this path have. */
export function hasShape(path: string, value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const [, keys] = LISTS.find(([pattern]) => pattern.test(path.replace(/\?.*/, ""))) ?? [null, []];
  return keys.every((key) => Array.isArray((value as Record<string, unknown>)[key]));
}
