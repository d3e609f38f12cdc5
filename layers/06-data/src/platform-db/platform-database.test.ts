import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "@livepeer-ts/kernel";
import { afterAll, describe, expect, it } from "vitest";
import { openPlatformDatabase, readMigrations } from "../adapters/open-platform-database.ts";
import { describePlatformDatabaseCompliance } from "../testing/platform-database-compliance.ts";
import { type PrivatePostgres, startPrivatePostgres } from "../testing/private-postgres.ts";

const cacheDir = new URL("../../../../.cache/test-platform", import.meta.url).pathname;
let postgres: PrivatePostgres | undefined;
afterAll(() => postgres?.stop());

describePlatformDatabaseCompliance("PGlite", () => openPlatformDatabase({ cacheDir, now: 1, logger: silentLogger }));
describePlatformDatabaseCompliance("PostgreSQL", async () => {
  postgres = await startPrivatePostgres();
  return openPlatformDatabase({ url: postgres.url, cacheDir, now: 1, logger: silentLogger });
});

describe("opening the platform's database", () => {
  it("finds its rows again in the same folder, from a template that was made once", async () => {
    const directory = await mkdtemp(join(tmpdir(), "lp-platform-db-"));
    try {
      const options = { dataDir: join(directory, "data"), cacheDir, now: 1, logger: silentLogger };
      const first = await openPlatformDatabase(options);
      await first.db.insertInto("account").values({ id: "a", email: "a", created_at: 1 }).execute();
      await first.close();
      const second = await openPlatformDatabase(options);
      expect(await second.db.selectFrom("account").select("id").execute()).toEqual([{ id: "a" }]);
      await second.close();
      expect((await readdir(cacheDir)).filter((file) => file.endsWith(".part"))).toEqual([]);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }, 60_000);

  it("says so when nobody answers at the URL", async () => {
    await expect(
      openPlatformDatabase({ url: "postgres://nobody@127.0.0.1:1/none", cacheDir, now: 1, logger: silentLogger }),
    ).rejects.toMatchObject({ code: "database_unreachable", retryable: true });
  });

  it("numbers its migrations without gaps and leaves clocks and chance to the program", async () => {
    const migrations = await readMigrations();
    expect(migrations.map((migration) => migration.version)).toEqual(migrations.map((_, i) => i + 1));
    for (const migration of migrations) {
      expect(migration.text).not.toMatch(/\bnow\(|current_(timestamp|date|time)|random\(|gen_random_uuid/i);
    }
  });
});
