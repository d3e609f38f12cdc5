import {
  type CheckRecord,
  ResultRejected,
  type ResultVerifier,
  resultSigner,
  verifyResultSignature,
  type WorkResult,
} from "@livepeer-ts/execution";
import { type Address, type Random, recoverPersonalMessage } from "@livepeer-ts/kernel";
import {
  clipOfScan,
  countOfScan,
  type PictureSampler,
  pictureFault,
  renditionFault,
  type SegmentScan,
  scanSegment,
} from "@livepeer-ts/media";

export type LocalVerifierOptions = {
  /** A result without anybody's signature is refused. True on chain: who leaves out its address is no less to be judged. */
  readonly requiresSignature: boolean;
  /** Share of the results of which a rendition is decoded and held against its source, 0–1 (`-verifyPictures`). */
  readonly pictureShare: number;
};

export type LocalVerifierDeps = {
  readonly random: Pick<Random, "unit">;
  /** Undefined: no pictures are looked at. */
  readonly pictures: PictureSampler | undefined;
};

const chainSignatures = {
  verifyHash: (address: Address, hash: Uint8Array, signature: Uint8Array) =>
    recoverPersonalMessage(hash, signature) === address,
};

/** Worth of results that did not pass, the best first: right pictures with a wrong bill, odd structure, other pictures. */
const scores = { pixels: 0.9, structure: 0.5, pictures: 0.1 };

/**
 * Judges results on the gateway itself: who signed them, the pixels that are billed, whether size, frames and times can come from
 * the source, and for some of them whether a decoder shows the source's pictures.
 */
export function createLocalResultVerifier(options: LocalVerifierOptions, deps: LocalVerifierDeps): ResultVerifier {
  return {
    async verify(result, signal) {
      const checks: CheckRecord[] = [];
      const passed = (check: CheckRecord["check"], rendition: string | null = null, detail: string | null = null) =>
        checks.push({ check, outcome: "passed", rendition, detail });
      checkSignature(result, options.requiresSignature, checks);
      const scans = checkPixels(result, checks);
      passed("pixels");
      checkStructure(result, scans, checks);
      passed("structure");
      const looked = await lookAtPictures(result, options.pictureShare, deps, checks, signal);
      if (looked !== undefined) checks.push(looked);
      return checks;
    },
  };
}

function rejected(
  error: { readonly code: string; readonly message: string },
  checks: readonly CheckRecord[],
  failed: Omit<CheckRecord, "outcome">,
  score: number | undefined,
  details = {},
): ResultRejected {
  const all: CheckRecord[] = [...checks, { ...failed, outcome: "failed" }];
  return new ResultRejected({ ...error, details, retryable: score !== undefined, checks: all, score });
}

function checkSignature(result: WorkResult, isRequired: boolean, checks: CheckRecord[]): void {
  const { info, data, renditions } = result;
  const isSigned = resultSigner(info) !== undefined;
  const refuse = (detail: string) =>
    rejected(
      { code: "pm_check_failed", message: "PM Check Failed" },
      checks,
      { check: "signature", rendition: null, detail },
      undefined,
    );
  if (renditions.length !== data.segments.length || renditions.length === 0)
    throw refuse(`${renditions.length} renditions came for ${data.segments.length} results`);
  if (!isSigned && isRequired) throw refuse("the orchestrator names no address that could have signed");
  if (!isSigned) {
    checks.push({ check: "signature", outcome: "skipped", rendition: null, detail: "off chain nobody signs" });
    return;
  }
  const hashes = renditions.map((rendition) => rendition.hash);
  if (!verifyResultSignature(info, data.sig, hashes, data.segments.length, chainSignatures))
    throw refuse("somebody else signed, or something else was signed");
  checks.push({ check: "signature", outcome: "passed", rendition: null, detail: null });
}

/** Returns what was found in each rendition. */
function checkPixels({ data, profiles, renditions }: WorkResult, checks: readonly CheckRecord[]): SegmentScan[] {
  return renditions.map((rendition, i) => {
    const [reported, profile] = [data.segments[i]?.pixels, profiles[i]];
    const failed = { check: "pixels" as const, rendition: profile?.name ?? String(i) };
    if (reported === undefined || profile === undefined) {
      const detail = "there is a rendition without a profile";
      throw rejected({ code: "pixels_absent", message: "PixelsAbsent" }, checks, { ...failed, detail }, undefined);
    }
    const scan = scanSegment(rendition.bytes, profile.format);
    const counted = BigInt(countOfScan(scan).pixelCount);
    if (counted !== reported) {
      const detail = `${reported} pixels are billed, ${counted} are there`;
      const details = { rendition: i, reported: reported.toString(), counted: counted.toString() };
      throw rejected(
        { code: "pixel_mismatch", message: "PixelMismatch" },
        checks,
        { ...failed, detail },
        counted === 0n ? undefined : scores.pixels,
        details,
      );
    }
    return scan;
  });
}

function checkStructure(
  { sourceScan, clip, profiles }: WorkResult,
  scans: readonly SegmentScan[],
  checks: readonly CheckRecord[],
): void {
  const asked = clip === undefined ? sourceScan : clipOfScan(sourceScan, clip);
  profiles.forEach((profile, i) => {
    const detail = renditionFault(asked, scans[i] as SegmentScan, profile);
    if (detail === undefined) return;
    throw rejected(
      { code: "structure_mismatch", message: `${profile.name} cannot come from this segment: ${detail}` },
      checks,
      { check: "structure", rendition: profile.name, detail },
      scores.structure,
    );
  });
}

/** Decodes one rendition and the source; undefined when it was not this result's turn. */
async function lookAtPictures(
  { source, clip, profiles, renditions }: WorkResult,
  share: number,
  { random, pictures }: LocalVerifierDeps,
  checks: readonly CheckRecord[],
  signal: AbortSignal,
): Promise<CheckRecord | undefined> {
  if (pictures === undefined || random.unit() >= share) return undefined;
  const index = Math.floor(random.unit() * renditions.length);
  const [profile, rendition] = [profiles[index], renditions[index]];
  if (profile === undefined || rendition === undefined) return undefined;
  const [from, made] = await Promise.all([
    pictures.sample(source.bytes, source.container, signal, clip),
    pictures.sample(rendition.bytes, profile.format, signal),
  ]);
  const about = { check: "pictures" as const, rendition: profile.name };
  if (from === undefined || made === undefined)
    return { ...about, outcome: "skipped", detail: "there was no room or no time to decode it" };
  const detail = pictureFault(from, made);
  if (detail === undefined)
    return { ...about, outcome: "passed", detail: `${made.pictures.length} pictures were looked at` };
  const error = { code: "picture_mismatch", message: `${profile.name} does not show the source: ${detail}` };
  throw rejected(error, checks, { ...about, detail }, scores.pictures);
}
