import { describe, expect, it } from "vitest";
import { LISTED_PAGES, deliveryPath, pathOf, routeOf } from "./routes";

describe("routes", () => {
  it("finds every page by its path, with or without a slash at the end", () => {
    for (const page of LISTED_PAGES) {
      expect(routeOf(pathOf(page))).toEqual({ page, id: null });
      if (page !== "live") expect(routeOf(`${pathOf(page)}/`)).toEqual({ page, id: null });
    }
  });

  it("finds a delivery's page, and takes its id as it was written", () => {
    expect(routeOf(deliveryPath("a b/c"))).toEqual({ page: "delivery", id: "a b/c" });
    expect(routeOf("/deliveries/%E0%A4")).toEqual({ page: "delivery", id: "%E0%A4" });
  });

  it("knows what is none of its pages", () => {
    for (const path of ["/metrics", "/api/v1/docs", "/deliveries/", "/deliveries/a/b", "/sign-out"]) expect(routeOf(path)).toBeNull();
  });
});
