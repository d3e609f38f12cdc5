import { formatRational } from "@livepeer-ts/kernel";
import { describe, expect, it } from "vitest";
import { parseAiModels, runnerSpecs } from "./ai-models.ts";

const account = "0x90f79bf6eb2c4f870365e785982e1f101e93b906";
const read = (entries: unknown) => parseAiModels(JSON.stringify(entries), "1");
const entry = (more: object = {}) => ({ pipeline: "text-to-image", model_id: "a/b", ...more });
const problem = (entries: unknown) => {
  try {
    read(entries);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
};
const priceOf = (text: string) => {
  const price = parseAiModels(text, "1")[0]?.price;
  return price === undefined
    ? undefined
    : [formatRational(price.amount), price.currency, formatRational(price.pixelsPerUnit)];
};

describe("-aiModels", () => {
  it("names models as go-livepeer does: containers, addresses, warm or not", () => {
    const [container, address] = read([
      entry({ warm: true, capacity: 2, optimization_flags: { SFAST: true, DEEPCACHE: false, X: "1" } }),
      entry({ model_id: "c", url: "http://10.0.0.1:9000/", token: "t", capacity: 4 }),
    ]);
    expect(container).toEqual({
      spec: {
        ...{ pipeline: "text-to-image", modelId: "a/b", driver: "docker", isWarm: true, capacity: 2, command: [] },
        ...{ optimizationFlags: { SFAST: true, DEEPCACHE: false, X: "1" }, external: undefined },
      },
      gateway: undefined,
      price: undefined,
    });
    expect(address?.spec).toMatchObject({
      ...{ driver: "external", isWarm: false, capacity: 4 },
      external: { url: "http://10.0.0.1:9000", token: "t" },
    });
  });

  it("names processes by their command, and clusters by the driver", () => {
    const [process, cluster] = read([
      entry({ command: ["python", "serve.py"] }),
      entry({ model_id: "c", driver: "kubernetes" }),
    ]);
    expect(process?.spec).toMatchObject({ driver: "process", command: ["python", "serve.py"] });
    expect(cluster?.spec).toMatchObject({ driver: "kubernetes" });
  });

  it("may be one line, with colons in model ids", () => {
    const models = parseAiModels("text-to-image:a/b:true, llm:org/x:8b:false", "1");
    expect(models.map(({ spec }) => [spec.pipeline, spec.modelId, spec.isWarm])).toEqual([
      ["text-to-image", "a/b", true],
      ["llm", "org/x:8b", false],
    ]);
    expect(() => parseAiModels("/etc/models.json", "1")).toThrow(
      /no file that can be read, and part 1 of it is not pipeline:model_id:warm/,
    );
  });

  it("has prices as numbers, exactly as they are written, or in quotes with a currency", () => {
    const of = (fields: string) => priceOf(`[{"pipeline":"llm","model_id":"m",${fields}}]`);
    expect(of('"price_per_unit":4768371,"pixels_per_unit":1000')).toEqual(["4768371", "", "1000"]);
    expect(of('"price_per_unit":0.1')).toEqual(["1/10", "", "1"]);
    expect(of('"price_per_unit":1.9073484e-08,"currency":"usd"')).toEqual(["4768371/250000000000000", "USD", "1"]);
    expect(of('"price_per_unit":123456789012345678901234567890')).toEqual(["123456789012345678901234567890", "", "1"]);
    expect(of('"price_per_unit":"0.5e-2USD","pixels_per_unit":"1000000"')).toEqual(["1/200", "USD", "1000000"]);
    expect(of('"price_per_unit":"2eth"')).toEqual(["2", "ETH", "1"]);
    expect(of('"price_per_unit":"1USD","currency":"USD"')).toEqual(["1", "USD", "1"]);
    expect(
      parseAiModels('[{"pipeline":"llm","model_id":"m","price_per_unit":5}]', "7")[0]?.price?.pixelsPerUnit.num,
    ).toBe(7n);
  });

  it("has prices for single gateways, which start no second runner", () => {
    const models = read([
      entry({ price_per_unit: 2, command: ["x"] }),
      entry({ price_per_unit: 1, command: ["x"], gateway: account }),
      entry({ price_per_unit: 2, url: "http://b:1", gateway: "default" }),
    ]);
    expect(models.map(({ gateway }) => gateway)).toEqual([undefined, account, undefined]);
    expect(runnerSpecs(models).map(({ driver }) => driver)).toEqual(["process", "external"]);
  });

  it("is refused with one sentence that names the entry and what to write", () => {
    const start = "-aiModels entry 1 (text-to-image a/b): ";
    expect(problem([])).toBe("-aiModels names no model");
    expect(problem([null])).toBe("-aiModels entry 1 is no object");
    expect(problem([entry(), { pipeline: "text-to-music" }])).toMatch(
      /^-aiModels entry 2: the pipeline "text-to-music" is not known: write one of text-to-image, image-to-image, /,
    );
    expect(problem([{ pipeline: "llm" }])).toBe('-aiModels entry 1: "model_id" is missing');
    expect(problem([entry({ warm: "yes" })])).toBe(`${start}"warm" must be true or false`);
    expect(problem([entry({ capacity: 0 })])).toBe(`${start}"capacity" must be a whole number from 1 to 1024`);
    expect(problem([entry({ capcity: 2 })])).toContain(`${start}there is no setting "capcity": write one of pipeline,`);
    expect(problem([entry({ driver: "podman" })])).toBe(
      `${start}the driver "podman" is not known: write docker, process, kubernetes, external`,
    );
    expect(problem([entry({ driver: "process" })])).toContain('needs its "command"');
    expect(problem([entry({ driver: "external" })])).toContain('needs its "url"');
    expect(problem([entry({ url: "http://h", command: ["x"] })])).toContain("leave it out");
    expect(problem([entry({ url: "ftp://secret@h" })])).toBe(
      `${start}"url" must start with http:// or https:// and have no query`,
    );
    expect(problem([entry({ command: "x" })])).toContain('"command" must be an array of texts');
    expect(problem([entry({ optimization_flags: { A: 1 } })])).toContain('"optimization_flags" must be an object');
    expect(problem([entry({ optimization_flags: { AUTH_TOKEN: "x" } })])).toContain("may not set AUTH_TOKEN");
    expect(problem([entry({ price_per_unit: -1 })])).toContain('"price_per_unit": "-1" is not a price');
    expect(problem([entry({ price_per_unit: 1, pixels_per_unit: 0 })])).toContain(
      '"pixels_per_unit" must be a whole number above 0',
    );
    expect(problem([entry({ currency: "USD" })])).toContain('need a "price_per_unit"');
    expect(problem([entry({ price_per_unit: "1USD", currency: "EUR" })])).toContain("in another currency");
    expect(problem([entry({ gateway: "me" })])).toContain('"gateway" must be an account or default');
    expect(problem([entry({ warm: true }), entry()])).toBe(
      '-aiModels has text-to-image a/b both warm and cold: write "warm" the same in all its entries',
    );
    expect(problem([entry({ price_per_unit: 1 }), entry({ price_per_unit: 2, url: "http://h" })])).toBe(
      "-aiModels has two prices of text-to-image a/b for all gateways: leave one out",
    );
    expect(() => parseAiModels("[{", "1")).toThrow(/^-aiModels is no JSON/);
    // a slip in a file that holds a token
    expect(() => parseAiModels('[{"token":"secret",}]', "1")).not.toThrow(/secret/);
  });
});
