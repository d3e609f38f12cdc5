import type { DirectoryEntry } from "../../ports/orchestrator-directory.ts";
import type { PaymentSession } from "../../ports/payment-sender.ts";
import type { AuthToken, OrchestratorInfo } from "../../wire/net_pb.gen.ts";

/** One orchestrator as the jobs of one model use it. */
export type AiSession = {
  readonly uri: string;
  readonly entry: DirectoryEntry;
  readonly payment: PaymentSession;
  info: OrchestratorInfo;
  authToken: AuthToken;
  /** The model is loaded there. */
  isWarm: boolean;
  /** Jobs at once that it announces. */
  capacity: number;
  /** Jobs of this gateway that are there. */
  inFlight: number;
  /** Seconds for one unit of work; 0 = unknown. */
  latencyScore: number;
  /** Jobs at once that it takes now, as its refusals say; infinite: what it announces. */
  room: number;
  /** How often it was full. */
  narrowings: number;
  /** Monotonic time until which it gets no job: it was full, or it failed. */
  restsUntil: number;
  /** Failures in a row. */
  failures: number;
  /** A new offer on its way. */
  renewal: Promise<void> | undefined;
};

/** How many jobs of this model it takes at once and whether it is loaded, as its capabilities say. */
export function modelAt(
  info: OrchestratorInfo,
  capability: number,
  modelId: string,
): { readonly isWarm: boolean; readonly capacity: number } | undefined {
  const models = info.capabilities?.constraints?.PerCapability[capability]?.models;
  const model = models !== undefined && Object.hasOwn(models, modelId) ? models[modelId] : undefined;
  return model === undefined ? undefined : { isWarm: model.warm, capacity: Math.max(1, model.capacity) };
}
