import { compareRational, formatRational, rational, toAddress } from "@livepeer-ts/kernel";
import { type SimHost, Simulation } from "@livepeer-ts/kernel/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { Balances } from "./balances.ts";

const alice = toAddress(`0x${"aa".repeat(20)}`);
const bob = toAddress(`0x${"bb".repeat(20)}`);
let simulation: Simulation;
let host: SimHost;
let balances: Balances;
const later = (ms: number) => simulation.run(simulation.now + ms);

beforeEach(() => {
  simulation = new Simulation(1);
  host = simulation.host("orchestrator");
  balances = new Balances({ maxEntries: 3 }, host.clock);
});

describe("balances", () => {
  it("are kept by sender and session, and may go below zero", () => {
    balances.credit(alice, "a", 10n, 3n);
    balances.credit(alice, "b", 1n, 1n);
    balances.credit(bob, "a", 5n, 1n);
    balances.debit(alice, "a", rational(4n));
    expect(formatRational(balances.balance(alice, "a"))).toBe("-2/3");
    expect(balances.covers(alice, "a", 0n)).toBe(false);
    expect(balances.covers(bob, "a", 5n)).toBe(true);
    expect(balances.covers(bob, "a", 6n)).toBe(false);
    expect(balances.covers(bob, "unknown", 1n)).toBe(false);
  });

  it("keep the first price of a session, whatever comes later", () => {
    balances.agreePrice(alice, "a", rational(9n));
    balances.agreePrice(alice, "a", rational(3n));
    expect(balances.agreedPrice(alice, "a")).toEqual(rational(3n));
    expect(balances.agreedPrice(alice, "b")).toBeUndefined();
  });

  it("are forgotten after ten minutes without use, not before", async () => {
    balances.start(host.tasks);
    balances.credit(alice, "a", 1n, 1n);
    balances.credit(bob, "a", 1n, 1n);
    for (let minute = 0; minute < 30; minute++) {
      await later(60_000);
      balances.debit(bob, "a", rational(0n));
    }
    expect(balances.size).toBe(1);
    expect(compareRational(balances.balance(bob, "a"), rational(1n))).toBe(0);
    expect(compareRational(balances.balance(alice, "a"), rational(0n))).toBe(0);
  });

  it("are not more than so many: the one used longest ago goes", () => {
    for (const id of ["a", "b", "c"]) balances.credit(alice, id, 1n, 1n);
    balances.credit(alice, "a", 1n, 1n);
    balances.credit(alice, "d", 1n, 1n);
    expect(balances.size).toBe(3);
    expect(formatRational(balances.balance(alice, "b"))).toBe("0");
    expect(formatRational(balances.balance(alice, "a"))).toBe("2");
  });
});
