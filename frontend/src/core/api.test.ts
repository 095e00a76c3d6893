import { describe, expect, it, vi } from "vitest";
import { Api } from "./api";

function apiAnswering(...responses: (Response | Error)[]) {
  const send = vi.fn<typeof fetch>(async () => {
    const next = responses.shift()!;
    if (next instanceof Error) throw next;
    return next;
  });
  const sessionEnded = vi.fn();
  const api = new Api({ base: "/api/v1/tenant", pages: "/monitor", tenant: "acme", user: "7", csrf: () => "token", sessionEnded }, send);
  return { api, send, sessionEnded };
}

describe("Api", () => {
  it("names tenant and person, and proves the form's origin", async () => {
    const { api, send } = apiAnswering(Response.json({ id: "n" }, { status: 202 }));
    expect(await api.retry("d 1")).toEqual({ ok: true, value: { id: "n" } });
    expect(send.mock.calls[0]).toMatchObject(["/api/v1/tenant/webhooks/deliveries/d%201/retry?tenant=acme", { method: "POST", headers: { "X-CSRFToken": "token", "X-Signed-In-As": "7" } }]);
  });

  it("does not ask for what cannot be a delivery's id", async () => {
    const { api, send } = apiAnswering();
    expect(await api.delivery("..")).toMatchObject({ ok: false, problem: { status: 404 } });
    expect(send).not.toHaveBeenCalled();
  });

  it("reads every page of the subscriptions", async () => {
    const { api, send } = apiAnswering(Response.json({ items: [{ id: "a" }], next_cursor: "c/1" }), Response.json({ items: [{ id: "b" }], next_cursor: null }));
    expect(await api.subscriptions()).toEqual({ ok: true, value: [{ id: "a" }, { id: "b" }] });
    expect(send.mock.calls[1]![0]).toBe("/api/v1/tenant/webhooks/subscriptions?cursor=c%2F1&tenant=acme");
  });

  it("gives a refusal as the server words it", async () => {
    const { api } = apiAnswering(Response.json({ title: "Conflict", status: 409, detail: "The delivery is being sent" }, { status: 409 }));
    expect(await api.cancel("d")).toEqual({ ok: false, problem: { status: 409, title: "Conflict", detail: "The delivery is being sent", errors: {} } });
  });

  it("sends a body as JSON, says that it is once only, and gives what is wrong with each field", async () => {
    const errors = { url: ["must begin with https://"] };
    const { api, send } = apiAnswering(Response.json({ title: "Invalid", detail: "", errors }, { status: 422 }), new Response(null, { status: 204 }));
    expect(await api.post("webhooks/subscriptions", { url: "x" }, "k1")).toMatchObject({ problem: { status: 422, errors } });
    expect(send.mock.calls[0]![1]).toMatchObject({ method: "POST", body: '{"url":"x"}', headers: { "Content-Type": "application/json", "Idempotency-Key": "k1" } });
    expect(await api.remove("webhooks/subscriptions/a")).toEqual({ ok: true, value: null });
  });

  it("names the state that a change was made from", async () => {
    const { api, send } = apiAnswering(Response.json({ id: "s" }, { headers: { ETag: '"abc"' } }), Response.json({ status: 412 }, { status: 412 }));
    expect(await api.get("webhooks/subscriptions/s")).toEqual({ ok: true, value: { id: "s" }, etag: '"abc"' });
    expect(await api.patch("webhooks/subscriptions/s", { url: "x" }, '"abc"')).toMatchObject({ ok: false, problem: { status: 412 } });
    expect(send.mock.calls[1]![1]).toMatchObject({ method: "PATCH", headers: { "If-Match": '"abc"' } });
  });

  it("says of an answer that it cannot read that it cannot", async () => {
    const { api } = apiAnswering(Response.json(null), Response.json({}), new Response("<html>"), Response.json([]));
    for (const read of [api.get("webhooks/events"), api.page("endpoints"), api.subscriptions(), api.get("webhooks/events/e")]) {
      expect(await read).toMatchObject({ ok: false, problem: { status: 0, title: "The answer was not understood" } });
    }
  });

  it("leaves out of a query what is not asked for", async () => {
    const { api, send } = apiAnswering(Response.json({ items: [] }));
    await api.page("endpoints", { range: "1h", cursor: null, q: "" });
    expect(send.mock.calls[0]![0]).toBe("/monitor/endpoints?range=1h&tenant=acme");
  });

  it("has words for an answer that is no problem document, and for none", async () => {
    const { api } = apiAnswering(new Response("<h1>Bad Gateway</h1>", { status: 502 }), new TypeError("fetch failed"));
    expect(await api.summary()).toMatchObject({ problem: { status: 502, title: "HTTP 502" } });
    expect(await api.summary()).toMatchObject({ problem: { status: 0, title: "No answer" } });
  });

  it("tells when the session has ended", async () => {
    const { api, sessionEnded } = apiAnswering(Response.json({}, { status: 401 }));
    await api.summary();
    expect(sessionEnded).toHaveBeenCalledOnce();
  });
});
