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

  it("locates hosts for other programs by the same rules", async () => {
    const guard = new EgressGuard({ allow: ["localhost:1935", "127.0.0.2:1935"] }, trusted);
    expect(await guard.locate("localhost", 1935)).toBe("localhost");
    expect(await guard.locate("127.0.0.2", 1935)).toBe("127.0.0.2");
    expect(await guard.locate("8.8.8.8", 1935)).toBe("8.8.8.8");
    for (const [host, at] of [
      ["localhost", 1936],
      ["127.0.0.1", 1935],
      ["[::1]", 1935],
      ["169.254.169.254", 80],
      ["no-such-host.invalid", 80],
    ] as const)
      await expect(guard.locate(host, at)).rejects.toMatchObject({ code: "egress_refused" });
    const open = new EgressGuard({ allow: [], loopback: true }, trusted);
    expect(["127.0.0.1", "::1"]).toContain(await open.locate("localhost", 1935));
    await guard.stop();
    await open.stop();
  });

  it("reaches names that lead to allowed addresses", async () => {
    const guard = new EgressGuard({ allow: [], loopback: true }, trusted);
    expect(await get(guard, `http://localhost:${port}/`)).toBe("inside");
    await guard.stop();
  });

  describe("for a name that a stranger resolves", () => {
    // loopback is what peers may reach here, so that no packet leaves this machine
    const allowed = { address: "127.0.0.1", family: 4 };
    const metadata = { address: "169.254.169.254", family: 4 };
    const request = (protocol: "h1" | "h2", header = new Headers({ connection: "close" })) => ({
      method: "GET",
      url: `http://rebinding.example:${port}/`,
      header: protocol === "h1" ? header : new Headers(),
      protocol,
      signal: AbortSignal.timeout(10_000),
    });
    const guarded = (answers: (typeof allowed)[][]) => {
      const asked: string[] = [];
      const resolve = async (host: string) => {
        asked.push(host);
        return answers.shift() ?? [metadata];
      };
      return { asked, guard: new EgressGuard({ allow: [], loopback: true }, trusted, { resolve }) };
    };

    it("looks at every new connection: an allowed address first opens nothing later", async () => {
      const { asked, guard } = guarded([[allowed], [metadata]]);
      const before = hits;
      const answer = await guard.request(request("h1"));
      expect(new TextDecoder().decode(await readBody(answer.body, 1000))).toBe("inside");
      await expect(guard.request(request("h1"))).rejects.toMatchObject({
        code: "egress_refused",
        message: expect.stringContaining("which is at 169.254.169.254"),
      });
      expect([hits - before, asked]).toEqual([1, ["rebinding.example", "rebinding.example"]]);
      await guard.stop();
    });

    it.each(["h1", "h2"] as const)("refuses a forbidden address over %s", async (protocol) => {
      const { guard } = guarded([[metadata]]);
      await expect(guard.request(request(protocol))).rejects.toMatchObject({ code: "egress_refused" });
      await guard.stop();
    });

    it("connects to an allowed one among several, whatever their order", async () => {
      for (const answers of [
        [metadata, allowed],
        [allowed, metadata],
      ]) {
        const { guard } = guarded([answers]);
        const answer = await guard.request(request("h1"));
        expect(new TextDecoder().decode(await readBody(answer.body, 1000))).toBe("inside");
        await guard.stop();
      }
    });

    it("tells of one that cannot be looked up", async () => {
      const resolve = () => Promise.reject(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }));
      const guard = new EgressGuard({ allow: [] }, trusted, { resolve });
      await expect(guard.request(request("h1"))).rejects.toMatchObject({
        code: "net_dial",
        message: expect.stringContaining("no such name"),
      });
      await guard.stop();
    });
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
