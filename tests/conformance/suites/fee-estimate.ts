import { feeEstimate } from "@livepeer-ts/economics";
import { estimatePixels } from "@livepeer-ts/execution";
import { formatRational } from "@livepeer-ts/kernel";
import { attempt, type Fields, list, number, object, ratio, sameFields, text } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

export const suite: ConformanceSuite = async (testCase) => {
  const expected = object(testCase, "expected");
  const got = await attempt(() => {
    const profiles = list(testCase, "profiles").map((item) => {
      const profile = item as Fields;
      const size = /^(\d+)x(\d+)$/.exec(text(profile, "resolution"));
      return {
        width: Number(size?.[1]),
        height: Number(size?.[2]),
        fps: number(profile, "framerate"),
        fpsDen: number(profile, "framerateDen"),
      };
    });
    const units = estimatePixels(profiles, number(testCase, "durationSeconds") * 1000);
    return { error: null, fee: formatRational(feeEstimate(units, ratio(testCase, "price"))) };
  });
  return { expected, got: sameFields(expected, got) };
};
