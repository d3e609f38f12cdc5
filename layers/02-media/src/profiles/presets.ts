import type { VideoProfile } from "./video-profile.ts";

type PresetRow = readonly [name: string, width: number, height: number, bitrateBps: number, fps: number];

const rows: readonly PresetRow[] = [
  ["P720p60fps16x9", 1280, 720, 6_000_000, 60],
  ["P720p30fps16x9", 1280, 720, 4_000_000, 30],
  ["P720p25fps16x9", 1280, 720, 3_500_000, 25],
  ["P720p30fps4x3", 960, 720, 3_500_000, 30],
  ["P576p30fps16x9", 1024, 576, 1_500_000, 30],
  ["P576p25fps16x9", 1024, 576, 1_500_000, 25],
  ["P360p30fps16x9", 640, 360, 1_200_000, 30],
  ["P360p25fps16x9", 640, 360, 1_000_000, 25],
  ["P360p30fps4x3", 480, 360, 1_000_000, 30],
  ["P240p30fps16x9", 426, 240, 600_000, 30],
  ["P240p25fps16x9", 426, 240, 600_000, 25],
  ["P240p30fps4x3", 320, 240, 600_000, 30],
  ["P144p30fps16x9", 256, 144, 400_000, 30],
];

// Known to the protocol (it has a legacy id), but the reference does not find it by name.
const hiddenRow: PresetRow = ["P144p25fps16x9", 256, 144, 400_000, 25];

function profileOf([name, width, height, bitrateBps, fps]: PresetRow): VideoProfile {
  return {
    name,
    width,
    height,
    bitrateBps,
    fps,
    fpsDen: 0,
    format: "mpegts",
    encoderProfile: "none",
    gopMs: 0,
    codec: "h264",
    colorDepthMinus8: 0,
    chroma: 0,
    quality: 0,
  };
}

const byName: ReadonlyMap<string, VideoProfile> = new Map(rows.map((row) => [row[0], profileOf(row)]));

/** Every preset, with the one that cannot be chosen by name; for tables of legacy ids. */
export const allPresets: readonly VideoProfile[] = [...rows, hiddenRow].map(profileOf);

/** Names an operator or a webhook may use, in the protocol's order. */
export const presetNames: readonly string[] = rows.map((row) => row[0]);

/** The preset of that name, or undefined. */
export function presetProfile(name: string): VideoProfile | undefined {
  return byName.get(name);
}

/** Profiles of a comma-separated or listed set of names; unknown names are skipped, as webhooks expect. */
export function presetProfiles(names: string | readonly string[]): VideoProfile[] {
  const list = typeof names === "string" ? names.split(",") : names;
  return list.map((name) => byName.get(name.trim())).filter((profile) => profile !== undefined);
}
