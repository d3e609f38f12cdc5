import { availableParallelism } from "node:os";
import type { FlagValues } from "../go-flags.ts";
import type { Problems } from "./problems.ts";

const maxCores = 64;

/** `-cores`: how many processes serve an orchestrator's port. */
export function checkCores(flags: FlagValues, problems: Problems): number {
  const text = flags.get("cores");
  if (text === "auto") return Math.min(availableParallelism(), maxCores);
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= maxCores) return count;
  problems.add(`-cores "${text.slice(0, 80)}" does not do: write a number from 1 to ${maxCores}, or auto`);
  return 1;
}
