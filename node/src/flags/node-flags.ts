import type { FlagGroup, FlagSpec } from "./flag-spec.ts";
import { addressFlags } from "./tables/addresses.ts";
import { aiFlags } from "./tables/ai.ts";
import { chainFlags } from "./tables/chain.ts";
import { monitoringFlags } from "./tables/monitoring.ts";
import { ownFlagGroup } from "./tables/own.ts";
import { programFlags } from "./tables/program.ts";
import { roleFlags } from "./tables/roles.ts";
import { selectionFlags } from "./tables/selection.ts";
import { signerFlags } from "./tables/signer.ts";
import { storageFlags } from "./tables/storage.ts";
import { transcodingFlags } from "./tables/transcoding.ts";

/** Flags with go-livepeer's names and defaults, by topic. */
export const goLivepeerGroups: readonly FlagGroup[] = [
  roleFlags,
  addressFlags,
  selectionFlags,
  transcodingFlags,
  chainFlags,
  storageFlags,
  monitoringFlags,
  signerFlags,
  aiFlags,
  programFlags,
];

/** Every flag of a node, by topic. */
export const flagGroups: readonly FlagGroup[] = [...goLivepeerGroups, ownFlagGroup];

export const goLivepeerFlags: readonly FlagSpec[] = goLivepeerGroups.flatMap((group) => group.flags);
export const ownFlags: readonly FlagSpec[] = ownFlagGroup.flags;
export const nodeFlags: readonly FlagSpec[] = [...goLivepeerFlags, ...ownFlags];
