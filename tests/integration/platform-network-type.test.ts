import type { NetworkState as DataState } from "@livepeer-ts/data";
import type { NetworkState as SdkState, WatchInfo } from "@livepeer-ts/sdk";
import { expectTypeOf, it } from "vitest";

type WatchAnswer = {
  playbackId: string;
  title: string;
  isLive: boolean;
  liveSince: number | null;
  playbackUrl: string;
  qualities: { name: string; width: number; height: number; bitrateBps: number }[];
  credit: { text: string; url: string } | null;
};

it("the server's and the SDK's picture of the network have one type, checked by the compiler", () => {
  expectTypeOf<DataState>().toEqualTypeOf<SdkState>();
  // Each can stand for the other; a field added on one side only fails the type check of the repository.
  const toSdk = (state: DataState): SdkState => state;
  const toData = (state: SdkState): DataState => state;
  const toWatch = (answer: WatchAnswer): WatchInfo => answer;
  expectTypeOf(toSdk).returns.toEqualTypeOf<SdkState>();
  expectTypeOf(toData).returns.toEqualTypeOf<DataState>();
  expectTypeOf(toWatch).returns.toEqualTypeOf<WatchInfo>();
});
