import { LpError } from "@livepeer-ts/kernel";

/** `auto` was asked of a node that has no remote transcoders to add up. */
export function noTranscodersToCount(): LpError {
  return new LpError({
    code: "bad_option",
    message: "Max Sessions 'auto' needs remote transcoders (-orchestrator without -transcoder): give a number",
  });
}
