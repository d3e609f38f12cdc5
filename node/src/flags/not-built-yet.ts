import type { FlagValues } from "./go-flags.ts";

/** A setting that go-livepeer has and we do not. Whoever asks for it is told so; nothing is passed over in silence. */
export type NotBuiltYet = {
  /** Flag that asks for it. */
  readonly flag: string;
  /** What is missing, the subject of a sentence. */
  readonly missing: string;
  /** Other than "the flag has a value that is not its default". `name` tells entries of one flag apart. */
  readonly when?: { readonly name: string; readonly asks: (flags: FlagValues) => boolean };
  /** The node starts all the same: what is missing does no harm. */
  readonly onlyWarns?: true;
};

function each(missing: string, flags: readonly string[]): NotBuiltYet[] {
  return flags.map((flag) => ({ flag, missing }));
}

/** Everything of the flag list that is not built. Entries go when it is; none may be added (`not-built-yet.test.ts`). */
export const notBuiltYet: readonly NotBuiltYet[] = [
  ...each("AI work", [
    "mediaMTXApiPassword",
    "liveAITrickleHostForRunner",
    "liveAISaveNSegments",
    "liveAICapReportInterval",
  ]),
  ...each("transcoding on Netint devices (no stock ffmpeg has their codecs)", ["netint"]),
];

/** `-flag`, or `-flag with …`. */
export function notBuiltName({ flag, when }: NotBuiltYet): string {
  return when === undefined ? `-${flag}` : `-${flag} ${when.name}`;
}
