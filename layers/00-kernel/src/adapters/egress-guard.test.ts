import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readBody } from "../units/body.ts";
import { EgressGuard } from "./egress-guard.ts";
import { mayConnectTo } from "./egress-rules.ts";
import { NodeNet } from "./node-net.ts";

let server: Server;
let port = 0;
let hits = 0;
const trusted = new NodeNet();

beforeAll(async () => {
  server = createServer((_request, response) => {
    hits++;
    response.end("inside");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  await trusted.stop();
  await new Promise((resolve) => server.close(resolve));
});

async function get(guard: EgressGuard, url: string): Promise<string> {
  const request = { method: "GET", url, header: new Headers(), signal: AbortSignal.timeout(10_000) };
  return new TextDecoder().decode(await readBody((await guard.request(request)).body, 1000));
}

describe("addresses", () => {
  it.each([
    ["8.8.8.8", true],
    ["2606:4700::1111", true],
    ["127.0.0.1", false],
    ["::1", false],
    ["10.1.2.3", false],
    ["192.168.1.1", false],
    ["172.31.255.255", false],
    ["172.32.0.1", true],
    ["100.64.0.1", false],
    ["169.254.169.254", false],
    ["0.0.0.0", false],
    ["::ffff:127.0.0.1", false],
    ["::ffff:169.254.169.254", false],
    ["fe80::1%eth0", false],
    ["fd00::1", false],
    ["224.0.0.1", false],
    ["not an address", false],
  ])("%s may be reached: %s", (address, allowed) => {
    expect(mayConnectTo(address, {})).toBe(allowed);
  });

  it("open loopback and private networks only where the rules say so, cloud metadata never", () => {
    const open = { loopback: true, privateNetworks: true };
    expect(["127.0.0.1", "::1", "10.0.0.1", "fd00::1"].every((address) => mayConnectTo(address, open))).toBe(true);
    expect(mayConnectTo("169.254.169.254", open)).toBe(false);
  });
});

describe("the egress guard", () => {
  it("refuses loopback in every spelling, and nothing arrives there", async () => {
    const guard = new EgressGuard({ allow: [] }, trusted);
    const before = hits;
    for (const host of ["127.0.0.1", "127.1", "0x7f000001", "2130706433", "localhost", "[::ffff:127.0.0.1]"]) {
      for (const protocol of ["h1", "h2"] as const) {
        const request = { method: "GET", url: `http://${host}:${port}/`, header: new Headers(), protocol };
        await expect(guard.request({ ...request, signal: AbortSignal.timeout(10_000) })).rejects.toMatchObject({
          code: "egress_refused",
        });
      }
    }
    expect(hits).toBe(before);
    await guard.stop();
  });

  it("reaches what is listed, by that host and port only", async () => {
    const guard = new EgressGuard({ allow: [`127.0.0.1:${port}`] }, trusted);
    expect(await get(guard, `http://127.0.0.1:${port}/`)).toBe("inside");
    await expect(get(guard, `http://127.0.0.1:${port === 1 ? 2 : port - 1}/`)).rejects.toMatchObject({
      code: "egress_refused",
    });
    await expect(get(guard, `http://localhost:${port}/`)).rejects.toMatchObject({ code: "egress_refused" });
    await guard.stop();
  });

  it("reaches names that lead to allowed addresses", async () => {
    const guard = new EgressGuard({ allow: [], loopback: true }, trusted);
    expect(await get(guard, `http://localhost:${port}/`)).toBe("inside");
    await guard.stop();
  });

  it.each(["file:///etc/passwd", "gopher://127.0.0.1/", "segment.ts", ""])(
    "refuses %j, which is no http address",
    async (url) => {
      const guard = new EgressGuard({ allow: [] }, trusted);
      await expect(get(guard, url)).rejects.toMatchObject({ code: "egress_refused" });
      await guard.stop();
    },
  );
});
