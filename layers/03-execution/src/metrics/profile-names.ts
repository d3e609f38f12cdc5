import type { VideoProfile } from "@livepeer-ts/media";

const maxLabelChars = 200;

/** Names of a ladder as one label value, in the order of the profiles. */
export function profileNames(profiles: readonly Pick<VideoProfile, "name">[]): string {
  return profiles
    .map(({ name }) => name)
    .join(",")
    .slice(0, maxLabelChars);
}
