import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Ticket, ticketHash } from "@livepeer-ts/economics";
import { describeReceiptStoreCompliance, describeTicketStoreCompliance } from "@livepeer-ts/economics/testing";
import { minimalBigEndian, toAddress, toHash32 } from "@livepeer-ts/kernel";
import { describeHeaderStoreCompliance, describeIntentStoreCompliance } from "@livepeer-ts/protocol/testing";
import { describe, expect, it } from "vitest";
import { openNodeSqlite } from "../adapters/node-sqlite.ts";
import { createHeaderStore } from "./header-store.ts";
import { createIntentStore } from "./intent-store.ts";
import { type NodeDatabases, nodeDatabaseFiles, prepareNodeDatabases } from "./node-databases.ts";
import { createReceiptStore } from "./receipt-store.ts";
import { createSpendStore } from "./spend-store.ts";
import { createTicketStore } from "./ticket-store.ts";

async function openIn(directory: string): Promise<NodeDatabases> {
  const databases = {
    livepeer: openNodeSqlite({ path: join(directory, nodeDatabaseFiles.livepeer) }),
    own: openNodeSqlite({ path: join(directory, nodeDatabaseFiles.own) }),
  };
  await prepareNodeDatabases(databases, { chainId: 31337n, now: 0 });
  return databases;
}

/** A store on real files, for the compliance suites. */
async function underTest<S>(make: (databases: NodeDatabases) => S) {
  const directory = await mkdtemp(join(tmpdir(), "lp-stores-"));
  let databases = await openIn(directory);
  const closeBoth = async () => {
    await databases.livepeer.close();
    await databases.own.close();
  };
  return {
    store: make(databases),
    reopen: async () => {
      await closeBoth();
      databases = await openIn(directory);
      return make(databases);
    },
    close: async () => {
      await closeBoth();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

describeTicketStoreCompliance("SQLite", () => underTest(createTicketStore));
describeReceiptStoreCompliance("SQLite", () => underTest((databases) => createReceiptStore(databases.own)));
describeIntentStoreCompliance("SQLite", () => underTest((databases) => createIntentStore(databases.own)));
describeHeaderStoreCompliance("SQLite", () => underTest(createHeaderStore));

describe("a ticket that go-livepeer stored", () => {
  it("is read, found by its hash and settled", async () => {
    const made = await underTest((databases) => databases);
    try {
      const { livepeer } = made.store;
      const ticket: Ticket = {
        sender: toAddress("0x52908400098527886E0F7030069857D2E4169EE7"),
        recipient: toAddress("0x8617E340B3D01FA5F11F306F4090FD50E238070D"),
        faceValueWei: 10n ** 15n,
        winProb: 2n ** 250n,
        senderNonce: 7,
        recipientRandHash: toHash32(`0x${"ab".repeat(32)}`),
        creationRound: 12n,
        creationRoundBlockHash: toHash32(`0x${"cd".repeat(32)}`),
      };
      const signature = new Uint8Array(65).fill(3);
      // createdAt is left to the column's default, as the other program does.
      await livepeer.tx((tx) =>
        tx.run(
          `INSERT INTO ticketQueue(sender, recipient, faceValue, winProb, senderNonce, recipientRand, recipientRandHash, sig,
             creationRound, creationRoundBlockHash, paramsExpirationBlock) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          "0x52908400098527886E0F7030069857D2E4169EE7",
          "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
          minimalBigEndian(ticket.faceValueWei),
          minimalBigEndian(ticket.winProb),
          ticket.senderNonce,
          minimalBigEndian(99n),
          ticket.recipientRandHash,
          signature,
          12,
          ticket.creationRoundBlockHash,
          500,
        ),
      );
      const store = createTicketStore(made.store);
      const found = await store.find(ticketHash(ticket));
      expect(found).toMatchObject({
        ...ticket,
        recipientRand: 99n,
        paramsExpirationBlock: 500n,
        redeemedAt: undefined,
      });
      expect(found?.storedAt).toBeGreaterThan(1_600_000_000_000);
      await store.markRedeemed(signature, toHash32(`0x${"11".repeat(32)}`), 1_700_000_000_000);
      const row = livepeer.read((sql) => sql.get("SELECT redeemedAt, txHash FROM ticketQueue"));
      expect(row).toEqual({ redeemedAt: "2023-11-14 22:13:20.000", txHash: `0x${"11".repeat(32)}` });
    } finally {
      await made.close();
    }
  });
});

describe("the sums of a signer", () => {
  it("grow up to the ceiling of their day, and outlive the process", async () => {
    const made = await underTest((databases) => createSpendStore(databases.own));
    try {
      const large = 2n ** 70n;
      const spend = (day: string, wei: bigint, maxDayWei: bigint) => ({
        day,
        authId: "",
        wei,
        maxDayWei,
        maxIdDayWei: 0n,
      });
      expect(await made.store.add(spend("2026-11-29", large, 0n))).toEqual({ refusedBy: undefined, sumWei: large });
      const again = await made.reopen();
      expect(await again.add(spend("2026-11-29", 5n, large + 4n))).toEqual({ refusedBy: "day", sumWei: large + 5n });
      expect(await again.add(spend("2026-11-29", 4n, large + 4n))).toEqual({
        refusedBy: undefined,
        sumWei: large + 4n,
      });
      expect(await again.add(spend("2026-11-30", 5n, 5n))).toEqual({ refusedBy: undefined, sumWei: 5n });
    } finally {
      await made.close();
    }
  });

  it("are kept apart for those who pay behind it, and together for more of them than there is room for", async () => {
    const made = await underTest((databases) => createSpendStore(databases.own, 2));
    try {
      const spend = (authId: string, wei: bigint) =>
        made.store.add({ day: "2026-11-29", authId, wei, maxDayWei: 100n, maxIdDayWei: 10n });
      expect(await spend("a", 10n)).toEqual({ refusedBy: undefined, sumWei: 10n });
      expect(await spend("a", 1n)).toEqual({ refusedBy: "idDay", sumWei: 11n });
      expect(await spend("*", 9n)).toEqual({ refusedBy: undefined, sumWei: 19n });
      // two ids are known: the others share one sum, and the known ones keep theirs
      expect(await spend("c", 6n)).toEqual({ refusedBy: undefined, sumWei: 25n });
      expect(await spend("d", 5n)).toEqual({ refusedBy: "idDay", sumWei: 11n });
      expect(await spend("*", 1n)).toEqual({ refusedBy: undefined, sumWei: 26n });
    } finally {
      await made.close();
    }
  });

  it("are kept for 400 days", async () => {
    const made = await underTest((databases) => databases.own);
    try {
      const store = createSpendStore(made.store);
      const dayOf = (n: number) => new Date(n * 86_400_000).toISOString().slice(0, 10);
      await made.store.tx((tx) => {
        for (let n = 0; n < 401; n++) tx.run("INSERT INTO signer_spend(day, wei) VALUES(?, '1')", dayOf(n));
      });
      await store.add({ day: dayOf(401), authId: "", wei: 1n, maxDayWei: 0n, maxIdDayWei: 0n });
      const [row] = made.store.read((sql) => sql.all("SELECT count(*) AS n, min(day) AS first FROM signer_spend"));
      expect(row).toEqual({ n: 400, first: "1970-01-03" });
    } finally {
      await made.close();
    }
  });
});
