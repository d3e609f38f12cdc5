import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTicketStore } from "@livepeer-ts/data";
import { silentLogger, toAddress, toHash32 } from "@livepeer-ts/kernel";
import { systemClock } from "@livepeer-ts/kernel/adapters";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cleanDataFolder, closeNodeDatabases, openNodeDatabases } from "./data-folder.ts";
import { goRecipient, goSender, makeGoDataFolder, rowsIn } from "./testing/go-data-folder.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-data-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a Go node's data folder", () => {
  it("opens with its ticket that waits, and its rows stay as they were", async () => {
    await makeGoDataFolder(folder, "42161");
    const before = rowsIn(folder);
    const databases = await openNodeDatabases(folder, 42_161n, Date.now());
    const store = createTicketStore(databases);
    const query = { minCreationRound: 2699n, maxExpirationBlock: 500n, limit: 10 };
    expect(await store.pendingSenders(2699n)).toEqual([toAddress(goSender)]);
    const [winner] = await store.pendingWinners(toAddress(goSender), query);
    expect(winner).toMatchObject({
      recipient: toAddress(goRecipient),
      faceValueWei: 10n ** 15n,
      winProb: 2n ** 248n - 1n,
      senderNonce: 7,
      recipientRand: 99n,
      recipientRandHash: toHash32(`0x${"ab".repeat(32)}`),
      storedAt: Date.UTC(2023, 0, 2, 3, 4, 5, 123),
      redeemedAt: undefined,
    });
    await closeNodeDatabases(databases);
    expect(rowsIn(folder)).toEqual(before);

    // it goes on from there, and the Go node would see it
    const again = await openNodeDatabases(folder, 42_161n, Date.now());
    await createTicketStore(again).markRedeemed(
      new Uint8Array(65).fill(3),
      toHash32(`0x${"11".repeat(32)}`),
      1_700_000_000_000,
    );
    await closeNodeDatabases(again);
    const { ticketQueue, ...rest } = rowsIn(folder);
    const { ticketQueue: earlier, ...others } = before;
    expect(rest).toEqual(others);
    expect(ticketQueue).toEqual([
      { ...earlier?.[0], redeemedAt: "2023-11-14 22:13:20.000", txHash: `0x${"11".repeat(32)}` },
    ]);
  });

  it("is refused when a newer program or another network wrote it, and can be used afterwards", async () => {
    await makeGoDataFolder(folder, "42161", { dbVersion: "2" });
    const before = rowsIn(folder);
    await expect(openNodeDatabases(folder, 42_161n, 0)).rejects.toMatchObject({
      code: "database_too_new",
      message: expect.stringMatching(/^DB Too New: lpdb\.sqlite3 has dbVersion 2, this program knows 1/),
    });
    expect(rowsIn(folder)).toEqual(before);
    await rm(join(folder, "lpdb.sqlite3"));
    await makeGoDataFolder(folder, "42161");
    await expect(openNodeDatabases(folder, 1n, 0)).rejects.toThrow(
      "expecting chainID of 42161, but got 1. Did you change networks without changing network name or datadir?",
    );
    await closeNodeDatabases(await openNodeDatabases(folder, 42_161n, 0));
  });
});

describe("leftovers of a crash", () => {
  it("are removed when they are old, from the folder itself, and nothing else is", async () => {
    const stale = [
      ...["movie-12-0a1b2c3d.tempfile", "out_movie-12-0a1b2c3d.tempfile", "out_movie-12-0a1b2c3d.tempfile.bin"],
      ...["testseg.tempfile", "0a1b2c3d.m3u8", "0a1b2c3d_0.ts", "0a1b2c3d_15.ts"],
    ];
    const kept = [
      ...[
        "lpdb.sqlite3",
        "livepeer-ts.sqlite3",
        "cert.pem",
        "key.pem",
        "notes.txt",
        "movie.ts",
        "a.tempfile",
        "x_1.tsx",
      ],
      ...["0a1b2c3d_1.ts.bak", "list.m3u8.old"],
    ];
    const old = new Date(Date.now() - 3_600_000);
    const touch = async (path: string, time: Date) => {
      await writeFile(path, "x");
      await utimes(path, time, time);
    };
    for (const name of [...stale, ...kept]) await touch(join(folder, name), old);
    await touch(join(folder, "running_1.ts"), new Date());
    await mkdir(join(folder, "work_1.ts"));
    await mkdir(join(folder, "work"));
    await touch(join(folder, "work", "0a1b2c3d_0.ts"), old);

    await cleanDataFolder(folder, { clock: systemClock(), logger: silentLogger });
    expect((await readdir(folder)).sort()).toEqual([...kept, "running_1.ts", "work", "work_1.ts"].sort());
    expect(await readdir(join(folder, "work"))).toEqual(["0a1b2c3d_0.ts"]);
  });

  it("need no folder", async () => {
    await cleanDataFolder(join(folder, "none"), { clock: systemClock(), logger: silentLogger });
  });
});
