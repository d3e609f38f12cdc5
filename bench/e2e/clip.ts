import { join } from "node:path";
import { presetProfiles } from "@livepeer-ts/media";

/** 1280×720 at 25 frames per second, natural pictures and sound, a keyframe every 2 s. */
export const clip = join(import.meta.dirname, "..", "..", "layers", "02-media", "assets", "bunny-720p.mp4");

/** A gateway's renditions when nobody asks for others. */
export const ladderNames = "P240p30fps16x9,P360p30fps16x9";
export const ladder = presetProfiles(ladderNames);
export const ladderTracks = ladder.map(({ name }) => name);
