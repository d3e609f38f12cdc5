import { bodyOf, type HttpRequest, type HttpResponse, LpError, noMetrics, readBody, utf8 } from "@livepeer-ts/kernel";
import { SimNet, Simulation } from "@livepeer-ts/kernel/testing";
import { describe, expect, it } from "vitest";
import type { AccessGrant } from "../../ports/access-check.ts";
import { parseGrant, webhookAccess } from "./webhook-access.ts";

const origin = "https://platform.test";
const published = "rtmp://gateway.test/live/key";

/** Asks a webhook that answers like this, on virtual time. */
async function ask(
  answer: (request: HttpRequest) => Promise<HttpResponse> | HttpResponse,
  url = `${origin}/auth`,
): Promise<{ grant: AccessGrant | undefined; error: LpError | undefined; requests: HttpRequest[]; bodies: string[] }> {
  const sim = new Simulation(1);
  const net = new SimNet(sim);
  const [server, gateway] = [sim.host("platform"), sim.host("gateway")];
  const requests: HttpRequest[] = [];
  const bodies: string[] = [];
  net.mount(origin, server, async (request) => {
    requests.push(request);
    bodies.push(new TextDecoder().decode(await readBody(request.body, 10_000)));
    return answer(request);
  });
  const access = webhookAccess(
    { url, timeoutMs: 5000 },
    { net: net.port(gateway), clock: gateway.clock, metrics: noMetrics },
  );
  let grant: AccessGrant | undefined;
  let error: LpError | undefined;
  gateway.tasks.spawn("ask", async () => {
    try {
      grant = await access.check(published, gateway.tasks.signal);
    } catch (cause) {
      error = cause as LpError;
    }
  });
  await sim.run(60_000);
  expect(sim.failures).toEqual([]);
  return { grant, error, requests, bodies };
}

const reply = (status: number, body: string): HttpResponse => ({
  status,
  header: new Headers(),
  body: bodyOf(utf8(body)),
});
const json = (value: unknown) => () => reply(200, JSON.stringify(value));

describe("the access webhook", () => {
  it("is told the URL of the publisher, and its user and password go into a header, not into the URL", async () => {
    const { requests, bodies, grant } = await ask(
      json({ manifestID: "m" }),
      "https://us%40er:p:w@platform.test/auth?x=1",
    );
    expect(bodies).toEqual([JSON.stringify({ url: published })]);
    expect(requests[0]).toMatchObject({ method: "POST", url: `${origin}/auth?x=1` });
    expect(requests[0]?.header.get("authorization")).toBe(`Basic ${btoa("us@er:p:w")}`);
    expect(requests[0]?.header.get("content-type")).toBe("application/json");
    expect(grant?.manifestId).toBe("m");
  });

  it("grants what it answers: names, keys, renditions, time", async () => {
    const { grant } = await ask(
      json({
        manifestID: "m1",
        streamID: "s1",
        sessionID: "x1",
        streamKey: "secret",
        presets: ["P240p30fps16x9", "nonsense"],
        profiles: [{ name: "own", width: 320, height: 240, bitrate: 300_000, fps: 30 }],
        verificationFreq: 10,
        timeoutMultiplier: 4,
      }),
    );
    expect(grant).toMatchObject({
      manifestId: "m1",
      streamId: "s1",
      sessionId: "x1",
      streamKey: "secret",
      verificationFreq: 10,
      timeoutMultiplier: 4,
    });
    expect(grant?.profiles?.map(({ name }) => name)).toEqual(["P240p30fps16x9", "own"]);
  });

  it("grants stores and earlier sessions", async () => {
    const stores = {
      objectStore: "s3://a:b@r/live",
      recordObjectStore: "gs://k@rec",
      recordObjectStoreUrl: "https://cdn",
    };
    const { grant } = await ask(json({ manifestID: "m1", ...stores, previousSessions: ["m0"] }));
    expect(grant).toMatchObject({
      objectStoreUrl: stores.objectStore,
      recordStoreUrl: stores.recordObjectStore,
      recordBaseUrl: stores.recordObjectStoreUrl,
      previousSessions: ["m0"],
    });
    const none = await ask(json({ manifestID: "m1", objectStore: "", previousSessions: null }));
    expect(none.grant).toMatchObject({ objectStoreUrl: undefined, recordStoreUrl: undefined, previousSessions: [] });
    expect((await ask(json({ manifestID: "m1", previousSessions: [7] }))).error?.code).toBe("access_denied");
  });

  it("lets everybody in under their own name when it answers 200 without a body", async () => {
    const { grant } = await ask(() => reply(200, " \n"));
    expect(grant).toMatchObject({ manifestId: undefined, profiles: undefined, timeoutMultiplier: 1 });
  });

  it("denies with its own text at any other status", async () => {
    const { error } = await ask(() => reply(403, "no such key\n"));
    expect(error).toMatchObject({ code: "access_denied", message: "status=403 error=no such key", retryable: false });
    const redirected = await ask(() => reply(302, ""));
    expect(redirected.error?.code).toBe("access_denied");
  });

  it("denies when the answer cannot be read: no JSON, no object, no manifest id, impossible profiles", async () => {
    const answers = ["<html>", "[]", "null", "{}", JSON.stringify({ manifestID: "" })];
    for (const body of [...answers, JSON.stringify({ manifestID: "m", profiles: [{ name: "x", width: -1 }] })]) {
      const { grant, error } = await ask(() => reply(200, body));
      expect([body, grant]).toEqual([body, undefined]);
      expect(error, body).toBeInstanceOf(LpError);
    }
    expect((await ask(() => reply(200, "{}"))).error?.message).toBe("empty manifest id not allowed");
  });

  it("that does not answer, breaks off or sends without end lets nobody in, and may be asked again", async () => {
    const silent = await ask(() => new Promise(() => {}));
    expect(silent.error).toMatchObject({ code: "access_unknown", retryable: true });
    expect(silent.error?.message).toContain("no answer within 5000 ms");
    const broken = await ask(() => Promise.reject(new Error("reset")));
    expect(broken.error).toMatchObject({ code: "access_unknown", retryable: true });
    const endless = await ask(() => ({
      ...reply(200, ""),
      body: (async function* () {
        for (;;) yield new Uint8Array(100_000);
      })(),
    }));
    expect(endless.error).toMatchObject({ code: "access_unknown" });
    expect(endless.error?.message).toContain("larger than 1048576 bytes");
  });

  it("keeps its own figures within reason", () => {
    expect(parseGrant({ manifestID: "m", timeoutMultiplier: -3, verificationFreq: "many" }, true)).toMatchObject({
      timeoutMultiplier: 1,
      verificationFreq: 0,
    });
    expect(parseGrant({ manifestID: 5 }, false).manifestId).toBeUndefined();
  });
});
