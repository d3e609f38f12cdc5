import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runTicketSoak } from "./ticket-soak.ts";

describe("thousands of tickets, shuffled, doubled and with crashes", () => {
  it("are accepted once, redeemed once, and add up to the wei", async () => {
    const seed = Number(process.env["SOAK_SEED"] ?? 11);
    console.log(`SOAK_SEED=${seed}`);
    const folder = await mkdtemp(join(tmpdir(), "livepeer-soak-"));
    try {
      const result = await runTicketSoak({ tickets: 5000, seed, folder, ticketsPerCrash: 800 });
      expect(result.tickets).toBe(5000);
      expect(result.crashes).toBeGreaterThan(2);
      expect(result.accepted).toBeGreaterThan(2000);
      expect(result.refusedTwice).toBeGreaterThan(100);
      expect(result.winners).toBeGreaterThan(30);
      expect(result.transactions).toBeLessThan(result.winners / 2);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
