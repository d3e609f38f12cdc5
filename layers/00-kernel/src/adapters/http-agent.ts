import { createRequire } from "node:module";
import type { Agent, Dispatcher } from "undici";

type Request = (this: Dispatcher, options: Dispatcher.RequestOptions<null>) => Promise<Dispatcher.ResponseData<null>>;

// The library's main file loads its browser interfaces and mocks too: 10 MB that no node uses.
const load = createRequire(import.meta.url);
const HttpAgent = load("undici/lib/dispatcher/agent.js") as typeof Agent;
const { request } = load("undici/lib/api/index.js") as { readonly request: Request };

/** HTTP/1.1 connections, pooled per origin. */
export function createHttpAgent(options: Agent.Options): Agent {
  return new HttpAgent(options);
}

/** One exchange on a connection of the agent. */
export function requestWith(
  agent: Agent,
  url: string,
  options: Omit<Dispatcher.RequestOptions<null>, "origin" | "path">,
): Promise<Dispatcher.ResponseData<null>> {
  const { origin, pathname, search } = new URL(url);
  return request.call(agent, { ...options, origin, path: `${pathname}${search}` });
}
