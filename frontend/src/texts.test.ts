/** Every text of the pages, in every language. */
import { expect, it, vi } from "vitest";

const { catalogue } = vi.hoisted(() => ({ catalogue: [] as { en: unknown; es: unknown }[] }));

vi.mock("./core/language", () => ({
  LANGUAGES: ["en", "es"],
  language: "en",
  texts: (all: { en: unknown; es: unknown }) => {
    catalogue.push(all);
    return all.en;
  },
}));

const BOOT = { user: { name: "Ana", initials: "A", staff: false, role: "admin" }, tenant: { id: "t", slug: "acme", name: "Acme" }, tenants: [], feed: "/feed", api: "/api", pages: "/monitor", sign_in: "/sign-in", sign_out: "/sign-out", language: { chosen: null, choose: "/language" }, version: "1" };

/** What is the same word in both: names, units, and what is written as the API or HTTP spells it. */
const SAME: ReadonlySet<string> = new Set(["P95", "id", "URL", "https://hooks.example.com/gestiq", "invoice.*, payment.received", "1 h", "24 h", "7 d"]);

async function loadAll(): Promise<void> {
  vi.stubGlobal("document", { getElementById: () => ({ textContent: JSON.stringify(BOOT) }), documentElement: { lang: "en" }, cookie: "" });
  vi.stubGlobal("location", { search: "", pathname: "/", href: "http://localhost/", origin: "http://localhost" });
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
  const modules = import.meta.glob(["./**/*.ts", "./**/*.tsx", "!./main.tsx", "!./**/*.test.ts"]);
  await Promise.all(Object.values(modules).map((load) => load()));
}

type Pair = [en: string, es: string];

function* pairs(en: unknown, es: unknown): Generator<Pair> {
  if (typeof en === "function" && typeof es === "function") {
    // A word may depend on the number: one, and many.
    for (const n of [1, 3]) yield* pairs(said(en, n), said(es, n));
  } else if (typeof en === "object" && en !== null && typeof es === "object" && es !== null) {
    for (const key of Object.keys(en)) yield* pairs((en as Record<string, unknown>)[key], (es as Record<string, unknown>)[key]);
  } else if (typeof en === "string") yield [en, String(es)];
}

function said(text: Function, n: number): unknown {
  return wordsOf(text(...Array.from({ length: text.length }, () => n)));
}

/** What a text reads as that has elements in it. */
function wordsOf(told: unknown): unknown {
  if (Array.isArray(told)) return told.map(wordsOf).join("");
  return typeof told === "object" && told !== null && "props" in told ? wordsOf((told.props as { children: unknown }).children) : told;
}

it("says everything in Spanish, too", async () => {
  await loadAll();
  const all = catalogue.flatMap(({ en, es }) => [...pairs(en, es)]);
  expect(all.length).toBeGreaterThan(200);
  const untranslated = all.filter(([en, es]) => en === es && /[a-z]/i.test(en) && !SAME.has(en)).map(([en]) => en);
  expect(untranslated).toEqual([]);
  expect(all.filter(([en, es]) => en !== "" && es.trim() === "")).toEqual([]);
});
