/** Which colour an HTTP code or an outcome has: always the same one, whatever else is shown. */

/**
 * In the order in which a stack is drawn, from its foot. Five hundred codes are too many to tell apart, these eight can be,
 * with any colour vision (`status-tones.test.ts`); codes of one tone are told apart by place and name.
 */
export const STATUS_TONES = ["2xx", "5xx", "500", "4xx", "429", "timeout", "lost", "other"] as const;
export type StatusTone = (typeof STATUS_TONES)[number];

const OF_ITS_OWN: Readonly<Record<string, StatusTone>> = {
  success: "2xx", "500": "500", http_5xx: "5xx", http_4xx: "4xx", "429": "429", http_429: "429",
  timeout: "timeout", none: "timeout", connection: "lost", dns: "lost", tls: "lost", blocked: "lost", abandoned: "lost",
};
const BY_CLASS: Readonly<Record<string, StatusTone>> = { "2": "2xx", "4": "4xx", "5": "5xx" };

/** Of a code ("503"), an outcome ("http_5xx"), `none` where no answer came, or `other`. */
export function statusTone(key: string): StatusTone {
  return OF_ITS_OWN[key] ?? (/^\d{3}$/.test(key) ? BY_CLASS[key.charAt(0)] : undefined) ?? "other";
}

/** Orders keys as a stack and its legend have them. */
export function byTone(one: string, other: string): number {
  return STATUS_TONES.indexOf(statusTone(one)) - STATUS_TONES.indexOf(statusTone(other)) || one.localeCompare(other);
}
