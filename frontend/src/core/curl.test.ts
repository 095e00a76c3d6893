import { expect, it } from "vitest";
import { curlOf } from "./curl";

it("is a command with the headers and the body as sent", () => {
  const headers = [["content-type", "application/json"], ["x-event", "payment.received"]] as const;
  expect(curlOf("https://hooks.acme.example/gestiq", headers, '{"id":1}')).toBe(
    `curl -X POST 'https://hooks.acme.example/gestiq' \\\n  -H 'content-type: application/json' \\\n  -H 'x-event: payment.received' \\\n  --data-binary '{"id":1}'`,
  );
});

it("keeps quotes of the body from ending the argument", () => {
  expect(curlOf("https://a.example", [], `{"name":"O'Hara; $(id)"}`)).toContain(`--data-binary '{"name":"O'\\''Hara; $(id)"}'`);
});

it.each(["authorization", "cookie", "x-api-key", "x-auth-token", "x-shared-secret"])("redacts %s", (name) => {
  const command = curlOf("https://a.example", [[name, "hunter2"]], "{}");
  expect(command).toContain(`'${name}: REDACTED'`);
  expect(command).not.toContain("hunter2");
});

it("keeps the signatures, which open nothing", () => {
  expect(curlOf("https://a.example", [["x-signature", "sha256=32ec"]], "{}")).toContain("sha256=32ec");
});

it("leaves to the client what the client writes", () => {
  expect(curlOf("https://a.example", [["host", "a.example"], ["content-length", "2"]], "{}")).not.toContain("-H");
});
