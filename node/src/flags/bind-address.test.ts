import { describe, expect, it } from "vitest";
import { hostAndPort, isLoopbackHost, parseBindAddress } from "./bind-address.ts";

const fallback = { host: "127.0.0.1", port: 9935 };

describe("an address to listen on", () => {
  it.each([
    ["", "127.0.0.1:9935"],
    [":8000", "127.0.0.1:8000"],
    ["0.0.0.0", "0.0.0.0:9935"],
    ["my-host.example", "my-host.example:9935"],
    ["host:1", "host:1"],
    ["127.0.0.1:0", "127.0.0.1:0"],
    ["::1", "[::1]:9935"],
    ["[::1]", "[::1]:9935"],
    ["[::1]:80", "[::1]:80"],
    ["::", "[::]:9935"],
    ["fe80::1%eth0", "[fe80::1%eth0]:9935"],
    ["[2001:db8::1]:65535", "[2001:db8::1]:65535"],
    ["::ffff:127.0.0.1", "[::ffff:127.0.0.1]:9935"],
  ])('"%s" is completed to %s', (text, full) => {
    expect(hostAndPort(parseBindAddress(text, fallback))).toBe(full);
  });

  it("keeps the default's host that stands for every interface", () => {
    expect(parseBindAddress(":80", { host: "", port: 1 })).toEqual({ host: "", port: 80 });
  });

  it.each(["host:65536", "host:x", "host:", "a/b:1", "http://h:1", "[::1", "[::1]:x", "[zz]:1", "a b:1", "1:2:xyz"])(
    'refuses "%s" and names the flag',
    (text) => {
      expect(() => parseBindAddress(text, fallback, "rtmpAddr")).toThrow(
        /^-rtmpAddr ".*" is not an address to listen on/,
      );
    },
  );

  it("knows what only this machine reaches", () => {
    expect(["localhost", "127.0.0.1", "127.8.8.8", "::1"].filter(isLoopbackHost)).toHaveLength(4);
    expect(["", "0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example"].filter(isLoopbackHost)).toEqual([]);
  });
});
