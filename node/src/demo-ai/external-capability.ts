import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { LpError, readBody } from "@livepeer-ts/kernel";
import { NodeNet } from "@livepeer-ts/kernel/adapters";

export type ExternalCapabilityOutcome = { readonly ok: boolean; readonly ms: number };

const name = "demo/backwards";
const word = "livepeer";

/** A developer's own function: serves it, registers it with an orchestrator for a price, and calls it through the gateway, which pays. */
export async function callExternalCapability(
  gatewayUrl: string,
  registration: { readonly url: string; readonly secret: string },
): Promise<ExternalCapabilityOutcome> {
  const served = await serveBackwards();
  const net = new NodeNet();
  try {
    const capability = { name, url: served.url, capacity: 1, price_per_unit: 1000, price_scaling: 1, currency: "wei" };
    const answer = await net.request({
      method: "POST",
      url: `${registration.url}/capability/register`,
      header: new Headers({ authorization: registration.secret, "content-type": "application/json" }),
      body: new TextEncoder().encode(JSON.stringify(capability)),
      signal: AbortSignal.timeout(10_000),
    });
    const said = new TextDecoder().decode(await readBody(answer.body, 64 * 1024));
    if (answer.status !== 200)
      throw new LpError({ code: "demo_failed", message: `not registered: ${answer.status} ${said}` });
    const job = { request: "{}", parameters: "{}", capability: name, timeout_seconds: 30 };
    const begun = performance.now();
    const result = await fetch(`${gatewayUrl}/process/request/`, {
      method: "POST",
      headers: { livepeer: Buffer.from(JSON.stringify(job)).toString("base64"), "content-type": "application/json" },
      body: JSON.stringify({ word }),
    });
    const body = await result.text();
    if (result.status !== 200)
      throw new LpError({ code: "demo_failed", message: `${name} answered ${result.status}: ${body}` });
    const { said: backwards } = JSON.parse(body) as { said: string };
    return { ok: backwards === "reepevil", ms: Math.round(performance.now() - begun) };
  } finally {
    await served.stop();
    await net.stop();
  }
}

/** A function as a developer may write it: says a word backwards. */
async function serveBackwards(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { word: given } = JSON.parse(body) as { word: string };
    const said = [...given].reverse().join("");
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ said }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
