import { errorText } from "@livepeer-ts/kernel";
import { findFfmpeg, findHardware, findNodeAv } from "@livepeer-ts/media/adapters";
import type { LocalTranscoderConfig } from "../../flags/node-config.ts";
import { nodeAvFolder } from "../../roles/local-transcoder.ts";
import type { DoctorCheck } from "../doctor-check.ts";
import type { DoctorSubject } from "../doctor-subject.ts";
import { error, type Finding, warning } from "../finding.ts";

const neededNode = 24;

/** The transcoder's settings; undefined for nodes that do not transcode. */
export function localTranscoderOf({ config }: DoctorSubject): LocalTranscoderConfig | undefined {
  return config.role === "orchestrator" || config.role === "transcoder" ? config.local : undefined;
}

export const nodeAndFfmpeg: DoctorCheck = {
  name: "programs",
  looksAt: "Node, ffmpeg, its encoders, and the engine and hardware that were asked for",
  concerns: () => true,
  async run(subject) {
    const findings: Finding[] = [];
    const { nodeVersion } = subject.places;
    if (Number(nodeVersion.split(".")[0]) < neededNode)
      findings.push(
        error(
          "node_too_old",
          `Node ${nodeVersion} runs this program.`,
          `It needs Node ${neededNode}: the database and the network code of older ones lack what it uses.`,
          `Install Node ${neededNode}, or start through node/bin/livepeer.mjs, which finds one.`,
        ),
      );
    const local = localTranscoderOf(subject);
    // gateways and orchestrators repackage recordings with it
    const needsFfmpeg = local !== undefined || subject.config.role === "gateway";
    if (needsFfmpeg) findings.push(...(await lookAtFfmpeg(local)));
    if (local?.engine.kind === "node-av")
      findings.push(...(await lookAtNodeAv(subject, nodeAvFolder(local.engine, subject.config.dataDir))));
    return findings;
  },
};

async function lookAtFfmpeg(local: LocalTranscoderConfig | undefined): Promise<Finding[]> {
  try {
    const { encoders } = await findFfmpeg();
    const missing = local === undefined ? [] : ["libx265", "libvpx-vp9"].filter((name) => !encoders.includes(name));
    const found =
      missing.length === 0
        ? []
        : [
            warning(
              "encoder_missing",
              `ffmpeg was built without ${missing.join(" and ")}.`,
              "Jobs that ask for such renditions fail here.",
              "Install an ffmpeg that has them; Debian's and Ubuntu's does.",
            ),
          ];
    return local?.hardware === undefined ? found : [...found, ...(await lookAtHardware(local.hardware))];
  } catch (cause) {
    return [
      error(
        "ffmpeg_unusable",
        errorText(cause),
        local === undefined ? "Recordings cannot be repackaged as MP4." : "Nothing can be transcoded.",
        "Install it, or put it on the PATH of the service: systemd and containers have their own.",
      ),
    ];
  }
}

async function lookAtNodeAv({ ports, signal }: DoctorSubject, folder: string): Promise<Finding[]> {
  try {
    await findNodeAv(folder, ports.clock, signal);
    return [];
  } catch (cause) {
    return [
      error(
        "no_node_av",
        errorText(cause),
        "The node does not start.",
        "Install it as said, as the user that the node runs as, or leave -transcoderEngine out.",
      ),
    ];
  }
}

async function lookAtHardware({ wish }: NonNullable<LocalTranscoderConfig["hardware"]>): Promise<Finding[]> {
  try {
    await findHardware(wish);
    return [];
  } catch (cause) {
    return [
      error(
        "no_hardware",
        errorText(cause),
        "The node does not start.",
        "Check the driver, and that the service may use the device (group video or render; in a container, pass it in).",
      ),
    ];
  }
}
