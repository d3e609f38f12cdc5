import { badRequest, bytesAnswer, doneAnswer, jsonAnswer, textAnswer } from "./admin-answer.ts";
import type { AdminCall, AdminRoute } from "./admin-route.ts";
import { optional, required } from "./admin-route.ts";
import { readinessOf } from "./readiness.ts";

const base = { group: "Process", worksEarly: true } as const;

/** Health, metrics, log level and draining: what every role has. */
export const processRoutes: readonly AdminRoute[] = [
  {
    path: "/healthz",
    ...base,
    scope: "open",
    summary: "200 as long as the process answers.",
    params: [],
    result: "nothing",
    handle: () => doneAnswer,
  },
  {
    path: "/readyz",
    ...base,
    scope: "open",
    summary: "200 when the node can take work, 503 when not, with the reasons: start, chain, capacity, drain.",
    params: [],
    result: "json",
    handle: ({ subjects }) => {
      const readiness = readinessOf(subjects);
      return jsonAnswer(readiness, readiness.ready ? 200 : 503);
    },
  },
  {
    path: "/metrics",
    ...base,
    scope: "read",
    summary: "Metrics for Prometheus; 404 without -monitor.",
    params: [],
    result: "text",
    handle: ({ subjects }) =>
      subjects.metrics === undefined
        ? {
            status: 404,
            contentType: "text/plain; charset=utf-8",
            bytes: new TextEncoder().encode("404 page not found\n"),
          }
        : {
            ...bytesAnswer(new TextEncoder().encode(subjects.metrics())),
            contentType: "text/plain; version=0.0.4; charset=utf-8",
          },
  },
  {
    path: "/drain",
    ...base,
    scope: "transact",
    summary: "Takes no new sessions or streams and finishes those that run.",
    params: [optional("exit", "true: the process ends when nothing runs any more")],
    result: "json",
    handle: (call) => {
      const exit = call.param("exit");
      if (!/^(|true|false)$/.test(exit)) throw badRequest(`exit must be true or false, provided ${exit}`);
      const { drain } = call.subjects;
      drain.begin();
      if (exit === "true") drain.whenIdle(call.subjects.exit);
      return drainAnswer(call);
    },
  },
  {
    path: "/undrain",
    ...base,
    scope: "transact",
    summary: "Takes new sessions and streams again.",
    params: [],
    result: "json",
    handle: (call) => {
      call.subjects.drain.end();
      return drainAnswer(call);
    },
  },
  {
    path: "/setLogLevel",
    ...base,
    scope: "transact",
    summary: "Sets the log level, as -v does.",
    params: [required("loglevel", "0 to 6: 3 normal, 5 and 6 debug")],
    result: "nothing",
    handle: (call) => {
      const level = call.param("loglevel");
      if (!/^[0-6]$/.test(level)) throw badRequest("parameter 'logLevel' not defined");
      call.subjects.logLevel.set(Number(level));
      return doneAnswer;
    },
  },
  {
    path: "/getLogLevel",
    ...base,
    scope: "read",
    summary: "The log level.",
    params: [],
    result: "text",
    handle: ({ subjects }) => textAnswer(String(subjects.logLevel.get())),
  },
];

function drainAnswer({ subjects }: AdminCall) {
  const { since, running } = subjects.drain;
  return jsonAnswer({ draining: since !== undefined, since: since ?? null, running });
}
