import { type Clock, type Logger, type Metrics, noMetrics, type Random, type Tasks } from "@livepeer-ts/kernel";
import { createLineLogger, createTasks, NodeNet, systemClock, systemRandom } from "@livepeer-ts/kernel/adapters";
import { firstLogFields, logFieldNames } from "./log-fields.ts";

/** The real world's ports, made once per process. */
export type ProcessPorts = {
  readonly clock: Clock;
  readonly random: Random;
  readonly net: NodeNet;
  readonly tasks: Tasks;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly logLevel: LogLevelSwitch;
};

/** The log level of the process, as in `-v`: 5 and above is debug. */
export type LogLevelSwitch = {
  get: () => number;
  set: (level: number) => void;
  /** Called with every level that is set. */
  onSet: (listener: (level: number) => void) => void;
};

/** Clock, randomness, network, tasks and log of this process. `level` as in `-v`: 5 and above is debug. Default metrics: none. */
export function createProcessPorts(
  name: string,
  options: { level: number; format: "json" | "text"; metrics?: Metrics },
): ProcessPorts {
  let { level } = options;
  const levelListeners: ((level: number) => void)[] = [];
  const logger = createLineLogger({
    level: () => (level >= 5 ? "debug" : "info"),
    format: options.format,
    write: (line) => process.stderr.write(line),
    fieldNames: logFieldNames,
    firstFields: firstLogFields,
  }).child({ role: name });
  return {
    clock: systemClock(),
    random: systemRandom(),
    net: new NodeNet(),
    tasks: createTasks(name, logger),
    logger,
    metrics: options.metrics ?? noMetrics,
    logLevel: {
      get: () => level,
      set: (wanted) => {
        level = wanted;
        for (const listener of levelListeners) listener(wanted);
      },
      onSet: (listener) => {
        levelListeners.push(listener);
      },
    },
  };
}
