// What both sides of the overhead bench agree on: the job, the money, the chain.
import { createKeySigner } from "@livepeer-ts/economics";
import { jobCapabilities } from "@livepeer-ts/execution";
import { type Address, hashFromBytes, keccak256, paddedBigEndian, weiPerEther } from "@livepeer-ts/kernel";
import { presetProfile, type VideoProfile } from "@livepeer-ts/media";
import type { RoundTime, SenderInfo } from "@livepeer-ts/protocol";

/** Length of a segment, ms. With 20 segments/s this makes 40 streams. */
export const segmentMs = 2000;
/** Size of a source segment, bytes. */
export const sourceBytes = 2_000_000;
/** Size of all renditions of a segment together, bytes. */
export const renditionBytes = 1_200_000;

const bitrates = { P720p30fps16x9: 3_000_000, P360p30fps16x9: 1_200_000, P240p30fps16x9: 600_000 };

/** Three renditions that are `renditionBytes` together. */
export const profiles: readonly VideoProfile[] = Object.entries(bitrates).map(([name, bitrateBps]) => {
  const preset = presetProfile(name);
  if (preset === undefined) throw new Error(`${name} is no preset`);
  return { ...preset, bitrateBps };
});

/** What a gateway asks for with this job. */
export const capabilities = jobCapabilities({
  inputCodec: "h264",
  pixelFormat: undefined,
  profiles,
  verificationFreq: 0,
  hasSegmentParameters: false,
  storage: undefined,
});

export const orchestratorKey = createKeySigner(paddedBigEndian(999n, 32));
export const gatewayKey = createKeySigner(paddedBigEndian(7n, 32));

/** Domain of receipts. */
export const receiptDomain = { chainId: 31_337n, verifyingContract: `0x${"11".repeat(20)}` as Address };

const time: RoundTime = {
  lastInitializedRound: 100n,
  l1BlockHash: hashFromBytes(keccak256(Uint8Array.of(1))),
  previousL1BlockHash: hashFromBytes(keccak256(Uint8Array.of(2))),
  startL1Block: 900n,
  roundLength: 60n,
  poolSize: 10n,
  lastSeenL1Block: 1000n,
};

/** A chain that stands still. */
export const rounds = { current: () => time, onRound: () => () => {}, onL1Block: () => () => {} };

/** The sender's funds. */
export const funds: SenderInfo = {
  depositWei: 10n * weiPerEther,
  withdrawRound: 0n,
  reserveWei: 100n * weiPerEther,
  reserveClaimedWei: 0n,
  claimedByMeWei: 0n,
};
