import { describe, expect, it } from "vitest";
import { parseNodeUri, parseServiceAddress } from "./service-address.ts";

describe("the address of an orchestrator", () => {
  it.each([
    ["1.2.3.4:8935", "https://1.2.3.4:8935", "1.2.3.4", 8935],
    ["https://o.example:443", "https://o.example", "o.example", 443],
    ["http://o.example:8080/", "http://o.example:8080", "o.example", 8080],
    ["o.example", "https://o.example", "o.example", 8935],
    ["[::1]:9000", "https://[::1]:9000", "::1", 9000],
  ])("%s is %s", (text, uri, host, port) => {
    expect(parseServiceAddress(text)).toEqual({ kind: "given", uri, host, port });
  });

  it("may be left out, or be none", () => {
    expect(parseServiceAddress("")).toEqual({ kind: "find" });
    expect(parseServiceAddress("none")).toEqual({ kind: "none" });
  });

  it.each([
    ["https://o/path", "must not have a path"],
    ["https://o?x=1", "must not have a path"],
    ["https://u:p@o:1", "must not have a user"],
    ["ftp://o:1", "neither http nor https"],
    ["o:99999", "is not an address"],
    ["::1:8935", "is not an address"],
  ])("refuses %s", (text, why) => expect(() => parseServiceAddress(text)).toThrow(why));

  it("takes https alone for further nodes", () => {
    expect(parseNodeUri("a.example:1")).toBe("https://a.example:1");
    expect(() => parseNodeUri("http://a.example:1")).toThrow('-nodes "http://a.example:1" is not https');
  });
});
