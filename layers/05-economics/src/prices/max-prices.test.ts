import { create } from "@bufbuild/protobuf";
import {
  type Capabilities,
  Capabilities_CapabilityConstraintsSchema,
  Capabilities_ConstraintsSchema,
  CapabilitiesSchema,
  capability,
} from "@livepeer-ts/execution";
import { rational } from "@livepeer-ts/kernel";
import { describe, expect, it } from "vitest";
import { maxPriceOfApp, maxPriceOfJob, parseMaxPricePerCapability, pricedCapability } from "./max-prices.ts";
import type { CapabilityPrice } from "./price-book.ts";

function job(wanted: Readonly<Record<number, readonly string[]>>): Capabilities {
  const PerCapability = Object.fromEntries(
    Object.entries(wanted).map(([number, models]) => [
      Number(number),
      create(Capabilities_CapabilityConstraintsSchema, {
        models: Object.fromEntries(models.map((model) => [model, { warm: false }])),
      }),
    ]),
  );
  return create(CapabilitiesSchema, { constraints: create(Capabilities_ConstraintsSchema, { PerCapability }) });
}

describe("-maxPricePerCapability", () => {
  it("reads pipelines, models and currencies", () => {
    const entries = [
      { pipeline: "text-to-image", model_id: "", price_per_unit: 5, pixels_per_unit: 2 },
      { pipeline: "live-video-to-video", model_id: "m/x", price_per_unit: "0.01", currency: "usd" },
    ];
    expect(parseMaxPricePerCapability(JSON.stringify({ capabilities_prices: entries }))).toEqual([
      {
        capability: capability.textToImage,
        modelId: "default",
        price: { amount: rational(5n), currency: "", pixelsPerUnit: rational(2n) },
      },
      {
        capability: capability.liveVideoToVideo,
        modelId: "m/x",
        price: { amount: rational(1n, 100n), currency: "USD", pixelsPerUnit: rational(1n) },
      },
    ]);
  });

  it.each([
    ["{", "not JSON"],
    ["null", "no list"],
    ["[]", "no list"],
    ['{"capabilities_prices":[5]}', "entry 1 lacks pipeline"],
    ['{"capabilities_prices":[{"pipeline":"llm"}]}', "entry 1 lacks price_per_unit"],
    ['{"capabilities_prices":[{"pipeline":"llm","price_per_unit":{}}]}', "entry 1 lacks price_per_unit"],
    ['{"capabilities_prices":[{"pipeline":"llm","price_per_unit":-1}]}', '"-1" is not a price'],
    ['{"capabilities_prices":[{"pipeline":"llm","price_per_unit":1,"pixels_per_unit":0}]}', "not a number of pixels"],
    ['{"capabilities_prices":[{"pipeline":"nothing","price_per_unit":1}]}', 'names the pipeline "nothing"'],
  ])("refuses %s", (json, why) => expect(() => parseMaxPricePerCapability(json)).toThrow(why));
});

describe("the highest price of a job", () => {
  const prices: CapabilityPrice[] = [
    { capability: 27, constraint: "default", price: rational(5n) },
    { capability: 27, constraint: "a", price: rational(7n) },
    { capability: 30, constraint: "b", price: rational(1n, 2n) },
    { capability: 31, constraint: "default", price: rational(0n) },
  ];
  const base = rational(9n);

  it("is the sum over its models, each by its name or its capability's default", () => {
    expect(maxPriceOfJob(job({ 27: ["a"] }), prices, base)).toEqual(rational(7n));
    expect(maxPriceOfJob(job({ 27: ["a", "other"] }), prices, base)).toEqual(rational(12n));
    expect(maxPriceOfJob(job({ 27: ["other"], 30: ["b"] }), prices, base)).toEqual(rational(11n, 2n));
  });

  it("of an external capability is the one that its name has, by the second", () => {
    const [byoc] = parseMaxPricePerCapability(
      '{"capabilities_prices":[{"pipeline":"byoc","model_id":"cap","price_per_unit":1000}]}',
    );
    expect(byoc).toMatchObject({ capability: capability.byoc, modelId: "cap" });
    const priced = [...prices, { capability: capability.byoc, constraint: "cap", price: rational(1000n) }];
    expect(maxPriceOfJob(job({ [capability.byoc]: ["cap"] }), priced, base)).toEqual(rational(1000n));
    expect(maxPriceOfJob(job({ [capability.byoc]: ["other"] }), priced, base)).toEqual(base);
  });

  it("is the base for transcoding and for models without a price, and none without a base", () => {
    expect(maxPriceOfJob(create(CapabilitiesSchema), prices, base)).toEqual(base);
    expect(maxPriceOfJob(job({ 30: ["c"], 31: ["x"] }), prices, base)).toEqual(base);
    expect(maxPriceOfJob(job({}), prices, undefined)).toBeUndefined();
  });
});

describe("the highest price of an app", () => {
  const capability = pricedCapability("live-runner");
  const own: CapabilityPrice = { capability, constraint: "demo/echo", price: rational(5n) };
  const every: CapabilityPrice = { capability, constraint: "default", price: rational(7n) };
  const base = rational(2n);

  it("is the app's own, else that of all apps, whatever its unit", () => {
    for (const unit of ["seconds", "720p-pixel-seconds", "fixed"] as const) {
      expect(maxPriceOfApp("demo/echo", unit, [every, own], base)).toEqual(rational(5n));
      expect(maxPriceOfApp("other", unit, [every, own], base)).toEqual(rational(7n));
    }
    // a model of a pipeline is another thing than an app of that name
    const model = { ...own, capability: 27 };
    expect(maxPriceOfApp("demo/echo", "fixed", [model], base)).toBeUndefined();
  });

  it("is else that of pixels: a second is one of live video, and a whole call has none", () => {
    expect(maxPriceOfApp("x", "720p-pixel-seconds", [own], base)).toEqual(base);
    expect(maxPriceOfApp("x", "seconds", [own], base)).toEqual(rational(2n * 27_648_000n));
    expect(maxPriceOfApp("x", "fixed", [own], base)).toBeUndefined();
    expect(maxPriceOfApp("x", "seconds", [], undefined)).toBeUndefined();
  });

  it("is read with the pipeline live-runner", () => {
    const entry = { pipeline: "live-runner", model_id: "demo/echo", price_per_unit: "0.5USD", pixels_per_unit: 3600 };
    expect(parseMaxPricePerCapability(JSON.stringify({ capabilities_prices: [entry] }))).toEqual([
      {
        ...{ capability, modelId: "demo/echo" },
        price: { amount: rational(1n, 2n), currency: "USD", pixelsPerUnit: rational(3600n) },
      },
    ]);
  });
});
