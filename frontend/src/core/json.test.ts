import { expect, it } from "vitest";
import { type Token, layOut } from "./json";

function laidOut(text: string): string {
  const made = layOut(text);
  return made.ok ? made.tokens.map((token) => token.text).join("") : made.why;
}

function texts(json: string, kind: Token["kind"]): string[] {
  const made = layOut(json);
  return made.ok ? made.tokens.filter((token) => token.kind === kind).map((token) => token.text) : [];
}

it.each(['{"a":[1]}', "[]", "{}", '{"a":{},"b":[[],[{}]],"c":"x","d":[true,false,null]}', ' [ 1 ,\t2\r\n] ', '[{"a":1},{"b":[2,3]}]'])("lays %s out as JSON.stringify does", (json) => {
  expect(laidOut(json)).toBe(JSON.stringify(JSON.parse(json), null, 2));
});

it("leaves every value, and the order, as it was written", () => {
  const values = ["1e400", "12345678901234567890", "1.10", "-0", "1E+2", '"\\u00e9\\/é"'];
  expect(laidOut(`[${values}]`)).toBe(`[\n  ${values.join(",\n  ")}\n]`);
  expect(laidOut('{"b":1,"2":2,"1":3,"b":4,"__proto__":5}')).toBe('{\n  "b": 1,\n  "2": 2,\n  "1": 3,\n  "b": 4,\n  "__proto__": 5\n}');
});

it("tells keys, texts and the rest apart", () => {
  const json = '{"error":"said \\"no\\": 5","n":-1.5e3,"ok":true,"none":null,"k:":{}}';
  expect(texts(json, "key")).toEqual(['"error"', '"n"', '"ok"', '"none"', '"k:"']);
  expect(texts(json, "string")).toEqual(['"said \\"no\\": 5"']);
  expect(texts(json, "number")).toEqual(["-1.5e3", "true", "null"]);
});

it.each([
  "<html>", '"text"', "12", "", " ", "[", "]", "{", "[}", "[1,]", "[,1]", "[1 2]", "[1]]", "[1] x", '{"a"}', '{"a":}', '{"a":1,}', "{1:2}", '{"a" 1}', '{"a"::1}', '{:1}', "[:]",
  "[01]", "[1.]", "[.5]", "[+1]", "[0x1]", "[1e]", "[NaN]", "[tru]", "[truefalse]", "['a']", '["\\x"]', '["\\u12"]', '["a\nb"]', '["a]', "[//\n]", "\u00a0[]", "\ufeff[]",
])("does not take %j for JSON, nor for something to lay out", (text) => {
  expect(laidOut(text)).toBe("not-json");
});

it("refuses what would not end: nested without end, or long when it is laid out", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  expect(layOut(nested(64)).ok).toBe(true);
  expect(laidOut(nested(65))).toBe("deep");
  expect(laidOut(nested(4_000))).toBe("deep");
  expect(laidOut(`${"[".repeat(50)}${Array(3_000).fill("0")}${"]".repeat(50)}`)).toBe("large");
});
