import { type Hex, LpError, toAddress } from "@livepeer-ts/kernel";
import { describe, expect, it } from "vitest";
import { type ContractCode, isMadeBy, linkCode, linkedLibraries } from "./contract-code.ts";
import { bondingManagerTargets, bondingManagerVariants } from "./plan/bonding-manager-targets.ts";

const list = toAddress(`0x${"ab".repeat(20)}`);

/** What a creation leaves standing: everything after its own RETURN and INVALID. */
function standing(creation: Hex): Hex {
  return `0x${creation.slice(creation.indexOf("f3fe") + 4)}`;
}

describe("code that stands on a chain", () => {
  // 60..f3fe: creation; then 73 <library> 01 00*32 02: a link and an immutable value.
  const code: ContractCode = {
    contractName: "Small",
    links: [
      { library: "List", offset: 1 },
      { library: "List", offset: 24 },
    ],
    bytecode: `0x60${"00".repeat(20)}f3fe${"73"}${"00".repeat(20)}01${"00".repeat(32)}02`,
  };
  const linked = linkCode(code, { List: list });
  const found: Hex = `0x73${list.slice(2)}01${"11".repeat(32)}02`;

  it("is recognized with its libraries and immutable values", () => {
    expect(linked.split(list.slice(2))).toHaveLength(3);
    expect(isMadeBy(code, found)).toBe(true);
    expect(linkedLibraries(code, found)).toEqual({ List: list });
    expect(isMadeBy({ ...code, bytecode: linked }, found)).toBe(true);
    expect(isMadeBy({ ...code, bytecode: linked }, found.replace("abab", "acac") as Hex)).toBe(false);
  });

  it("is refused when a byte, the length or everything differs", () => {
    expect(isMadeBy(code, found.replace(/02$/, "03") as Hex)).toBe(false);
    expect(isMadeBy(code, `0x${found.slice(4)}`)).toBe(false);
    expect(isMadeBy(code, "0x")).toBe(false);
    expect(isMadeBy(code, code.bytecode)).toBe(false);
  });

  it("needs an address for every library", () => {
    expect(() => linkCode(code)).toThrow(LpError);
  });

  it.each(bondingManagerVariants)("of the BondingManager %s is no other variant's", (variant) => {
    const { code: own } = bondingManagerTargets[variant];
    const onChain = standing(linkCode(own, { SortedDoublyLL: list }));
    expect(onChain.length).toBeGreaterThan(30_000);
    const matching = bondingManagerVariants.filter((other) => isMadeBy(bondingManagerTargets[other].code, onChain));
    expect(matching).toEqual([variant]);
    expect(linkedLibraries(own, onChain)).toEqual({ SortedDoublyLL: list });
  });
});
