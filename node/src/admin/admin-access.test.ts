import { describe, expect, it } from "vitest";
import { type AdminAccess, checkAccess } from "./admin-access.ts";
import { AdminRefusal } from "./admin-answer.ts";

const open: AdminAccess = { token: undefined, readToken: undefined, bindHost: "127.0.0.1" };
const guarded: AdminAccess = { token: "change-it", readToken: "look-at-it", bindHost: "0.0.0.0" };
const read = { path: "/status", scope: "read" } as const;
const change = { path: "/bond", scope: "transact" } as const;
const reward = { path: "/reward", scope: "transact", allowsGet: true } as const;
const health = { path: "/healthz", scope: "open" } as const;

/** Status of the refusal; 200 when the call may go on. */
function judge(
  access: AdminAccess,
  route: Parameters<typeof checkAccess>[1],
  method: string,
  header: Record<string, string> = {},
): number {
  try {
    checkAccess({ method, header: new Headers({ host: "localhost:7935", ...header }) }, route, access);
    return 200;
  } catch (error) {
    if (error instanceof AdminRefusal) return error.status;
    throw error;
  }
}

describe("without a token", () => {
  it.each([
    ["localhost:7935", 200],
    ["LOCALHOST.:7935", 200],
    ["127.0.0.1:7935", 200],
    ["127.8.8.8", 200],
    ["[::1]:7935", 200],
    ["attacker.example:7935", 403],
    ["localhost.attacker.example:7935", 403],
    ["127.0.0.1.attacker.example:7935", 403],
    ["10.0.0.1:7935", 403],
  ])("a call to the name %s gets %i: a stranger's name may lead here", (host, status) => {
    expect(judge(open, read, "GET", { host })).toBe(status);
  });

  it.each<[Record<string, string>, number]>([
    [{ origin: "https://attacker.example" }, 403],
    [{ origin: "null" }, 403],
    [{ origin: "http://localhost:3000" }, 403],
    [{ origin: "http://localhost:7935" }, 200],
    [{ "sec-fetch-site": "cross-site" }, 403],
    [{ "sec-fetch-site": "same-site" }, 403],
    [{ "sec-fetch-site": "same-origin" }, 200],
    [{ "sec-fetch-site": "none" }, 200],
  ])("a page with %j gets %i, to look and to change", (header, status) => {
    expect(judge(open, read, "GET", header)).toBe(status);
    expect(judge(open, change, "POST", header)).toBe(status);
  });

  it("what changes something takes POST only", () => {
    for (const method of ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"]) expect(judge(open, change, method)).toBe(405);
    expect(judge(open, change, "POST")).toBe(200);
    expect([judge(open, read, "GET"), judge(open, read, "POST")]).toEqual([200, 200]);
  });

  it("takes the GET of /reward that go-livepeer's tool sends, and not a browser's", () => {
    expect(judge(open, reward, "GET", { "user-agent": "Go-http-client/1.1" })).toBe(200);
    for (const header of [
      { "user-agent": "Mozilla/5.0 (X11; Linux x86_64)" },
      { referer: "https://attacker.example/" },
      { "sec-fetch-site": "none" },
    ])
      expect(judge(open, reward, "GET", header)).toBe(405);
  });
});

describe("with tokens", () => {
  const bearer = (token: string) => ({ authorization: `Bearer ${token}`, host: "node1.example:7935" });

  it.each<[string, Record<string, string>, number, number]>([
    ["nobody", { host: "node1.example:7935" }, 401, 401],
    ["somebody on this machine", {}, 401, 401],
    ["a wrong token", bearer("guess"), 401, 401],
    ["another kind of authorization", { authorization: "Basic Y2hhbmdlLWl0" }, 401, 401],
    ["the reader", bearer("look-at-it"), 200, 403],
    ["the operator", bearer("change-it"), 200, 200],
  ])("%s", (_who, header, toRead, toChange) => {
    expect(judge(guarded, read, "GET", header)).toBe(toRead);
    expect(judge(guarded, change, "POST", header)).toBe(toChange);
  });

  it("a page from elsewhere is refused with the right token too", () => {
    expect(judge(guarded, change, "POST", { ...bearer("change-it"), origin: "https://attacker.example" })).toBe(403);
  });

  it("health needs none", () => {
    expect(judge(guarded, health, "GET", { host: "10.0.0.7:7935" })).toBe(200);
  });

  it("a node with a token for readers alone cannot be changed", () => {
    const readers = { ...guarded, token: undefined };
    expect([
      judge(readers, read, "GET", bearer("look-at-it")),
      judge(readers, change, "POST", bearer("look-at-it")),
    ]).toEqual([200, 403]);
  });
});
