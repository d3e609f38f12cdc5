import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { type Clock, type Logger, LpError, type Net, type Random, type Tasks } from "@livepeer-ts/kernel";
import { grpcTransport } from "../grpc/grpc-transport.ts";
import type { SegmentEngine } from "../orchestrator/segment-engine.ts";
import { startWorkerRegistration, type WorkerRegistration } from "../remote/worker-registration.ts";
import { type Capabilities, RegisterRequestSchema, Transcoder } from "../wire/net_pb.gen.ts";
import { registrationErrors } from "../wire/transcoder-wire.ts";
import { runTranscodeTask } from "./transcode-task.ts";

export type TranscoderOptions = {
  /** `https://host:port` of the orchestrator (`-orchAddr`). */
  readonly orchestratorUrl: string;
  /** Shared secret (`-orchSecret`). */
  readonly secret: string;
  /** Sessions this transcoder takes at once (`-maxSessions`). */
  readonly capacity: number;
};

export type TranscoderDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly net: Net;
  readonly tasks: Tasks;
  readonly logger: Logger;
  readonly engine: SegmentEngine;
  readonly capabilities: Capabilities;
};

/** A running transcoder. */
export type TranscoderRole = Omit<WorkerRegistration, "renew"> & {
  /** Sessions it takes at once. */
  readonly capacity: number;
  /** Registers anew with another capacity, between two segments. */
  setCapacity(capacity: number): void;
};

/** A transcoder that works for an orchestrator elsewhere. */
export function startTranscoder(options: TranscoderOptions, deps: TranscoderDeps): TranscoderRole {
  const client = createClient(Transcoder, grpcTransport(deps.net, options.orchestratorUrl));
  let { capacity } = options;
  const registration = startWorkerRegistration(
    {
      name: "transcoder",
      orchestratorUrl: options.orchestratorUrl,
      open: (signal) =>
        client.registerTranscoder(
          create(RegisterRequestSchema, {
            secret: options.secret,
            capacity: BigInt(capacity),
            capabilities: deps.capabilities,
          }),
          { signal },
        ),
      take: (notice, signal) =>
        notice.url === ""
          ? deps.engine.endSession(notice.segData?.authToken?.sessionId ?? "")
          : runTranscodeTask(notice, options, deps, signal),
      refusalOf,
    },
    deps,
  );
  return {
    refused: registration.refused,
    get isRegistered() {
      return registration.isRegistered;
    },
    get openTasks() {
      return registration.openTasks;
    },
    get capacity() {
      return capacity;
    },
    setCapacity(value) {
      capacity = value;
      registration.renew();
    },
    setAway: registration.setAway,
    stop: registration.stop,
  };
}

/** A refusal that trying again does not change. */
function refusalOf(text: string): LpError | undefined {
  if (text.includes(registrationErrors.secret)) {
    return new LpError({ code: "bad_secret", message: `${text}: the orchestrator has another -orchSecret` });
  }
  if (text.includes(registrationErrors.capacity)) {
    return new LpError({ code: "bad_capacity", message: `${text}: give -maxSessions a number from 1` });
  }
  return undefined;
}
