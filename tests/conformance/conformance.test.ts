import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CopiedTree, copyTree } from "./copied-tree.ts";
import { casesOf, projectVectors, readPending, runVectors, suiteOf } from "./run-vectors.ts";
import { normalResult, readAmount } from "./staking-history/history.ts";

type Run = { readonly status: number | null; readonly lines: readonly string[] };

function conformance(root: string, args: readonly string[]): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, "tests", "conformance", "main.ts"), ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += String(chunk);
    });
    child.stderr.on("data", (chunk) => {
      output += String(chunk);
    });
    child.once("error", reject);
    child.once("close", (status) => resolve({ status, lines: output.trimEnd().split("\n") }));
  });
}

const projectRoot = join(import.meta.dirname, "..", "..");

describe("conformance", () => {
  it("passes every vector of the project, and skips only what is pending", async () => {
    const results = await runVectors(projectVectors);
    const failed = results.filter((result) => result.status === "failed");
    expect(failed.map(({ id, expected, got }) => ({ id, expected, got }))).toEqual([]);
    const skipped = new Set(results.filter((result) => result.status === "skipped").map((result) => result.suite));
    expect([...skipped].sort()).toEqual([...(await readPending())].sort());
    expect(results.length).toBeGreaterThan(200);
  });

  it("takes the suite from the field, else from the file name without its number", () => {
    expect(suiteOf("any-name.json", { suite: "pm-ticket" })).toBe("pm-ticket");
    expect(suiteOf("contracts-staking-12.json", {})).toBe("contracts-staking");
    expect(suiteOf("contracts-tickets.json", [])).toBe("contracts-tickets");
  });

  it("finds the cases in every shape of file", () => {
    expect(casesOf([{ a: 1 }, { a: 2 }])).toHaveLength(2);
    expect(casesOf({ vectors: [{ a: 1 }] })).toEqual([{ a: 1 }]);
    expect(casesOf({ cases: [{ a: 1 }], about: "x" })).toEqual([{ a: 1 }]);
    expect(casesOf({ scenarios: [{ a: 1 }] })).toEqual([{ a: 1 }]);
    expect(casesOf({ steps: [], seed: 1 })).toEqual([{ steps: [], seed: 1 }]);
  });
});

describe("a staking history", () => {
  it("may write amounts short and panics in words", () => {
    expect(readAmount("1e26 set before the first round", "cut")).toBe(10n ** 26n);
    expect([20, "20", "20e18"].map((value) => readAmount(value, "ceiling"))).toEqual([20n, 20n, 20n * 10n ** 18n]);
    expect(() => readAmount("1.5e3", "ceiling")).toThrow("setup.ceiling is not a whole number");
    const results = ["revert: panic code 0x11 (overflow)", "panic: 18", "revert: Panic(17)", "revert: (empty)", "ok"];
    expect(results.map(normalResult)).toEqual(["panic: 0x11", "panic: 0x12", "panic: 0x11", "revert: (empty)", "ok"]);
  });
});

describe("the conformance command", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "livepeer-vectors-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("runs another folder of the same suites and prints expected and got of a wrong case", async () => {
    const vectors = [
      { id: "good", pixels: "10", pixelsPerUnit: "4", pricePerUnit: "3", expected: "15/2" },
      { id: "wrong", pixels: "10", pixelsPerUnit: "4", pricePerUnit: "3", expected: "8" },
    ];
    await writeFile(join(folder, "fee-debit-7.json"), JSON.stringify({ vectors }));
    await writeFile(join(folder, "other.json"), JSON.stringify({ suite: "no-such-suite", vectors: [{ id: "x" }] }));
    const run = await conformance(projectRoot, ["--vectors", folder]);
    expect(run.lines.at(-1)).toBe("1 passed, 2 failed, 0 skipped");
    expect(run.lines.join("\n")).toContain('FAILED wrong\n    expected "8"\n    got      "15/2"');
    expect(run.status).toBe(1);

    const json = await conformance(projectRoot, ["--vectors", folder, "--json"]);
    const report = JSON.parse(json.lines[0] ?? "") as { passed: number; failed: number; skipped: number };
    expect(report).toMatchObject({ passed: 1, failed: 2, skipped: 0 });
    expect(json.lines.at(-1)).toBe("1 passed, 2 failed, 0 skipped");
  });

  it("replays other staking histories, step by step", async () => {
    const own = await mkdtemp(join(tmpdir(), "livepeer-histories-"));
    try {
      const setup = {
        roundLength: 300,
        accounts: 2,
        numActiveTranscoders: 1,
        unbondingPeriod: 1,
        minter: { inflation: 1000, inflationChange: 0, targetBondingRate: 0 },
        treasuryRewardCutRate: 0,
        treasuryBalanceCeiling: "0",
        l1CirculatingSupply: "1e24",
        initialSupply: "1e24 all of it on L2",
      };
      const round = (number: number, mintable: string) => ({ round: String(number), mintable, accounts: {} });
      const bonded = { pool: ["A1"], accounts: { A1: { status: 0, votes: "10" } } };
      const steps = [
        { op: "initializeRound", who: "system", args: [], result: "ok", after: round(1, "2000000000000000000") },
        { op: "unbond", who: "A0", args: ["1"], result: "revert: caller must be bonded", after: { accounts: {} } },
        { op: "bond", who: "A1", args: ["10", "A1"], result: "ok", after: bonded },
        { op: "initializeRound", who: "system", args: [], result: "ok", after: round(3, "2000000000000000000") },
        { op: "reward", who: "A1", args: [], result: "revert: no", after: { minted: "1", accounts: {} } },
        { op: "reward", who: "A1", args: [], result: "revert: (empty)", after: { accounts: {} } },
      ];
      await writeFile(join(own, "contracts-staking-22.json"), JSON.stringify({ seed: 22, setup, steps }));
      const run = await conformance(projectRoot, ["--vectors", own]);
      expect(run.lines).toEqual([
        "contracts-staking: 3 passed, 3 failed, 0 skipped",
        "  FAILED 0003-initializeRound-system",
        '    expected {"result":"ok","round":"3"}',
        '    got      {"result":"ok","round":"2"}',
        "  FAILED 0004-reward-A1",
        '    expected {"result":"revert: no","minted":"1"}',
        '    got      {"result":"ok","minted":"2000000000000000000"}',
        "  FAILED 0005-reward-A1",
        '    expected {"result":"revert: (empty)"}',
        '    got      {"result":"revert: caller has already called reward for the current round"}',
        "3 passed, 3 failed, 0 skipped",
      ]);
    } finally {
      await rm(own, { recursive: true, force: true });
    }
  });

  it("refuses a folder that is not there with a sentence", async () => {
    const run = await conformance(projectRoot, ["--vectors", join(folder, "missing")]);
    expect(run.status).toBe(2);
    expect(run.lines.join("\n")).toContain("give one with --vectors");
  });
});

describe("a defect in the product", () => {
  let tree: CopiedTree;
  beforeAll(async () => {
    tree = await copyTree({ include: ["tests/conformance", "tests/contracts/support", "spec/vectors"] });
  }, 60_000);
  afterAll(() => tree.remove());

  const economics = "layers/05-economics/src";
  const defects = [
    {
      suite: "pm-ticket",
      path: `${economics}/tickets/ticket.ts`,
      from: "return keccak256(signature, recipientRand);",
      to: "return keccak256(recipientRand, signature);",
    },
    {
      suite: "pm-ticket-params",
      path: `${economics}/recipient/ticket-offer.ts`,
      from: "offerValidityBlocks = 40n",
      to: "offerValidityBlocks = 41n",
    },
    {
      suite: "balance-stage",
      path: `${economics}/sender/balance-stage.ts`,
      from: "ticketCount: Number(count),",
      to: "ticketCount: Number(count) + 1,",
    },
    {
      suite: "tx-replacement",
      path: "layers/04-protocol/src/tx/fees.ts",
      from: "value * 111n",
      to: "value * 110n",
    },
    {
      suite: "capability-compat",
      path: "layers/03-execution/src/capabilities/compatible-with.ts",
      from: "if (model.warm && !there.warm) return false;",
      to: "",
    },
  ];

  it("shows in no suite while there is none", async () => {
    for (const { suite } of defects) {
      const run = await conformance(tree.root, ["--suite", suite]);
      expect(run.lines.at(-1)).toMatch(/^[1-9]\d* passed, 0 failed, 0 skipped$/);
    }
  }, 60_000);

  it.each(defects)("turns $suite red", async ({ suite, path, from, to }) => {
    await tree.edit(path, from, to);
    const run = await conformance(tree.root, ["--suite", suite]);
    expect(run.lines.at(-1)).toMatch(/^\d+ passed, [1-9]\d* failed, 0 skipped$/);
    expect(run.status).toBe(1);
  });
});
