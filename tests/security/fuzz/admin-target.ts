import { parsePriceFlag } from "@livepeer-ts/economics";
import { noMetrics, readBody, utf8 } from "@livepeer-ts/kernel";
import { createTasks, NodeNet, systemClock, systemRandom } from "@livepeer-ts/kernel/adapters";
import { startAdminHost } from "../../../node/src/admin/admin-host.ts";
import { adminRoutes } from "../../../node/src/admin/admin-routes.ts";
import { Drain } from "../../../node/src/admin/drain.ts";
import { CurrencyRates } from "../../../node/src/roles/currency-rates.ts";
import { OperatorPrices } from "../../../node/src/roles/operator-prices.ts";
import { orchestratorHarness } from "../../conformance/orchestrator-harness.ts";
import { clientFaults, type FuzzTarget } from "./fuzz-target.ts";
import { mutatedBytes, mutatedHeader, mutatedText, oneOf } from "./mutate.ts";
import { spoiledHttp } from "./spoiled-http.ts";

// those that end the process or hand a file over are tested where they belong
const routes = adminRoutes.filter(({ path }) => !/debug|drain|shutdown|quit|stop/i.test(path));

/** The admin port of an orchestrator off chain. */
export const adminTarget: FuzzTarget = {
  name: "admin port",
  weight: 3,
  allowed: new Set([...clientFaults, "500", "503", "closed"]),
  async start(logger) {
    const clock = systemClock();
    const random = systemRandom();
    const tasks = createTasks("admin", logger);
    const harness = orchestratorHarness({});
    const { sessions } = harness;
    let level = 3;
    const ports = { clock, random, logger, tasks, metrics: noMetrics };
    const host = await startAdminHost(
      { cliAddr: { host: "127.0.0.1", port: 0 }, cliTokens: { token: undefined, readToken: undefined } },
      {
        ...ports,
        kind: "orchestrator",
        signal: tasks.signal,
        logLevel: {
          get: () => level,
          set: (wanted: number) => {
            level = wanted;
          },
        },
        metrics: () => "# no metrics\n",
        drain: new Drain(ports),
        exit: () => {},
      } as never,
      logger,
    );
    host.attach({
      orchestrator: {
        prices: new OperatorPrices(parsePriceFlag("0"), new Map(), { ...ports, rates: CurrencyRates.fixed }),
        setMaxFaceValue: () => {},
        transcoders: undefined,
        aiOffers: () => [],
        serviceUri: harness.serviceUri,
        cores: () => [],
        liveRunners: undefined,
      },
      capacity: {
        running: () => sessions.size,
        maxSessions: () => sessions.maxSessions,
        setMaxSessions: (wanted) => {
          if (wanted !== "auto") sessions.setMaxSessions(wanted);
        },
        refuseNew: () => {},
      },
    });
    const net = new NodeNet();
    const call = async (method: string, path: string, header: Record<string, string>, body?: Uint8Array) => {
      const answer = await net.request({
        method,
        url: `${host.url}${path}`,
        header: new Headers(header),
        signal: AbortSignal.timeout(15_000),
        ...(body === undefined ? {} : { body }),
      });
      const text = new TextDecoder().decode(await readBody(answer.body, 4 * 1024 ** 2));
      return {
        status: text.includes("internal server error: the request") ? "500 from the host" : String(answer.status),
        text,
      };
    };
    return {
      async shoot(random) {
        if (random.unit() < 0.1) return spoiledHttp(host.port, false, "/status", random);
        const route = oneOf(random, routes);
        const values = route.params.map(
          ({ name }) => [mutatedText(name, random), mutatedText("1", random)] as [string, string],
        );
        const kept = route.params.map(({ name }) => [name, mutatedText("1", random)] as [string, string]);
        const form = new URLSearchParams(random.unit() < 0.7 ? kept : values).toString();
        const type = oneOf(random, [
          "application/x-www-form-urlencoded",
          "application/x-www-form-urlencoded",
          "multipart/form-data; boundary=b",
          "application/json",
          mutatedHeader("multipart/form-data; boundary=b", random),
        ]);
        const header: Record<string, string> = { "content-type": type };
        if (random.unit() < 0.1) header["origin"] = mutatedHeader("http://localhost", random);
        const prefix = random.unit() < 0.1 ? "/estimate" : "";
        const body = random.unit() < 0.2 ? mutatedBytes(utf8(form), random) : utf8(form);
        if (random.unit() < 0.3) return (await call("GET", `${prefix}${route.path}?${form}`, header)).status;
        return (await call("POST", `${prefix}${route.path}`, header, body)).status;
      },
      async stillWorks() {
        const { status, text } = await call("GET", "/status", {});
        if (status !== "200" || !text.startsWith("{")) throw new Error(`${status} ${text}`);
      },
      async stop() {
        await net.stop();
        await host.stop(0);
        await tasks.stop();
      },
    };
  },
};
