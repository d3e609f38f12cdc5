import { type HardwareKind, hardwareKinds } from "@livepeer-ts/media";
import type { HardwareWish } from "@livepeer-ts/media/adapters";
import type { FlagValues } from "../go-flags.ts";
import type { LocalTranscoderConfig } from "../node-config.ts";
import type { Problems } from "./problems.ts";

/** Devices of one node. */
const maxDevices = 64;

/** What a device of each kind is written like. */
const idForms: Readonly<Record<HardwareKind, RegExp>> = {
  nvidia: /^\d{1,3}$/,
  vaapi: /^\/[\w./-]{1,200}$/,
  qsv: /^(\/[\w./-]{1,200}|\d{1,3})$/,
  amf: /^\d{1,3}$/,
  videotoolbox: /^0$/,
};

/** Hardware to transcode on; undefined: none was asked for, or, with a sentence, what was asked for is wrong. */
export function checkHardware(flags: FlagValues, problems: Problems): LocalTranscoderConfig["hardware"] {
  const [nvidia, accel] = [flags.get("nvidia"), flags.get("hwaccel")];
  if (nvidia !== "" && accel !== "") {
    problems.add("-nvidia and -hwaccel exclude each other: give one of them");
    return undefined;
  }
  const wish = nvidia === "" ? readAccel(accel, problems) : readNvidia(nvidia, problems);
  const isTested = flags.bool("testTranscoder");
  if (wish !== undefined && !isTested)
    problems.warn(
      "-testTranscoder=false: whether the hardware can do the work is not tested, the first streams will show",
    );
  return wish === undefined ? undefined : { wish, isTested };
}

function readNvidia(text: string, problems: Problems): HardwareWish | undefined {
  const ids = readIds("nvidia", text);
  if (ids !== undefined) return { kind: "nvidia", ids };
  problems.add(
    `-nvidia "${text.slice(0, 80)}" names no GPUs: write their numbers as in nvidia-smi, for example 0,1, or all`,
  );
  return undefined;
}

function readAccel(text: string, problems: Problems): HardwareWish | undefined {
  if (text === "") return undefined;
  const [name = "", ...rest] = text.split(":");
  const kind = hardwareKinds.find((known) => known === name);
  const ids = kind === undefined ? undefined : readIds(kind, rest.length === 0 ? "all" : rest.join(":"));
  if (kind !== undefined && ids !== undefined) return { kind, ids };
  problems.add(
    `-hwaccel "${text.slice(0, 80)}" names no hardware: write ${hardwareKinds.join(", ")}, ` +
      "with devices where there are several, for example vaapi:/dev/dri/renderD128,/dev/dri/renderD129",
  );
  return undefined;
}

function readIds(kind: HardwareKind, text: string): HardwareWish["ids"] | undefined {
  if (text === "all") return "all";
  const ids = [...new Set(text.split(",").map((id) => id.trim()))];
  return ids.length <= maxDevices && ids.every((id) => idForms[kind].test(id)) ? ids : undefined;
}
