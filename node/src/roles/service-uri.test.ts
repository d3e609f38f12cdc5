import type { HttpResponse, Net, NetRequest } from "@livepeer-ts/kernel";
import { bodyOf, LpError, silentLogger, utf8 } from "@livepeer-ts/kernel";
import { systemClock } from "@livepeer-ts/kernel/adapters";
import { describe, expect, it } from "vitest";
import { parseServiceAddress } from "../flags/service-address.ts";
import type { ChainContext } from "./chain-context.ts";
import { findServiceUri } from "./service-uri.ts";

const account = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";

/** A chain on which `uri` is registered. */
function registered(uri: string): ChainContext {
  const reader = { read: async () => uri };
  return { reader, identity: account, book: { serviceRegistry: account } } as unknown as ChainContext;
}

function world(answer: (request: NetRequest) => Promise<HttpResponse>) {
  const asked: string[] = [];
  const warned: string[] = [];
  const net: Net = {
    request: (request) => {
      asked.push(request.url);
      return answer(request);
    },
  };
  const logger = { ...silentLogger, warn: (message: string) => void warned.push(message) };
  const deps = { net, clock: systemClock(), logger, signal: new AbortController().signal };
  const find = (text: string, chain?: ChainContext) => findServiceUri(parseServiceAddress(text), chain, deps);
  return { asked, warned, find };
}

const says =
  (text: string, status = 200) =>
  async (): Promise<HttpResponse> => ({
    status,
    header: new Headers(),
    body: bodyOf(utf8(text)),
  });
const offline = async (): Promise<HttpResponse> => {
  throw new LpError({ code: "net_dial", message: "dial tcp api.ipify.org: ENOTFOUND" });
};

describe("the URI of an orchestrator", () => {
  it("is the flag's, and nobody is asked; another registered one is pointed out", async () => {
    const { asked, warned, find } = world(offline);
    expect(await find("none")).toBeUndefined();
    expect(await find("o.example:1")).toMatchObject({ uri: "https://o.example:1" });
    expect(await find("o.example:1", registered("https://o.example:1/"))).toMatchObject({ port: 1 });
    expect(await find("o.example:1", registered(""))).toMatchObject({ port: 1 });
    expect(warned).toEqual([]);
    expect(await find("o.example:1", registered("https://old.example:1"))).toMatchObject({ host: "o.example" });
    expect(warned).toEqual([expect.stringContaining("is not the URI that is registered on the chain")]);
    expect(asked).toEqual([]);
  });

  it("is the registered one without the flag, and nobody is asked", async () => {
    const { asked, find } = world(offline);
    expect(await find("", registered("https://r.example:9 "))).toMatchObject({ uri: "https://r.example:9", port: 9 });
    expect(asked).toEqual([]);
  });

  it("is this machine's public address when there is neither", async () => {
    const { asked, find } = world(says("203.0.113.7\n"));
    expect(await find("")).toMatchObject({ uri: "https://203.0.113.7:8935", port: 8935 });
    expect(await find("", registered(""))).toMatchObject({ host: "203.0.113.7" });
    expect(asked).toEqual(Array(2).fill("https://api.ipify.org?format=text"));
    expect(await world(says("2001:db8::1")).find("")).toMatchObject({ uri: "https://[2001:db8::1]:8935" });
  });

  it.each([
    ["the look-up fails", offline],
    ["the answer is no address", says("<html>")],
    ["the answer is an error", says("203.0.113.7", 500)],
    ["the answer is endless", says("1".repeat(100_000))],
  ])("is missing with what to do about it when %s", async (_what, answer) => {
    await expect(world(answer).find("")).rejects.toMatchObject({
      code: "public_address_unknown",
      message: expect.stringMatching(/^-serviceAddr is not given .* api\.ipify\.org .* give -serviceAddr host:port/),
    });
  });
});
