import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Logger, LpError } from "@livepeer-ts/kernel";
import { migratePlatform, type SqlMigration } from "../platform-db/migrate.ts";
import { createPlatformDatabase, type PlatformDatabase } from "../platform-db/platform-database.ts";
import type { Sql } from "../ports/sql.ts";
import { openPgliteSql } from "./pglite-sql.ts";
import { openPostgresSql } from "./postgres-sql.ts";

export type PlatformDatabaseOptions = {
  /** PostgreSQL's URL (environment variable `DATABASE_URL`). Without it the database is embedded. */
  readonly url?: string | undefined;
  /** Folder of the embedded database; undefined = in memory. */
  readonly dataDir?: string | undefined;
  /** Folder that keeps the migrated template, so that later first starts take under a second. */
  readonly cacheDir: string;
  /** Wall time in ms, for the record of migrations. */
  readonly now: number;
  readonly logger: Logger;
};

const migrationsFolder = new URL("../../migrations/", import.meta.url);

/** The numbered files of `migrations/`, in order. */
export async function readMigrations(): Promise<readonly SqlMigration[]> {
  const files = (await readdir(migrationsFolder)).filter((file) => file.endsWith(".sql")).sort();
  return Promise.all(
    files.map(async (file) => {
      const match = /^(\d{4})-(.+)\.sql$/.exec(file);
      if (match === null) {
        throw new LpError({ code: "migration_bad_name", message: `${file} is not named NNNN-name.sql: rename it` });
      }
      return {
        version: Number(match[1]),
        name: match[2] as string,
        text: await readFile(new URL(file, migrationsFolder), "utf8"),
      };
    }),
  );
}

async function engineVersion(): Promise<string> {
  const entry = fileURLToPath(import.meta.resolve("@electric-sql/pglite"));
  const manifest = JSON.parse(await readFile(join(entry, "..", "..", "package.json"), "utf8")) as { version: string };
  return manifest.version;
}

/** A migrated, empty database as gzip; made once per set of migrations and kept in the cache folder. */
async function loadTemplate(
  options: PlatformDatabaseOptions,
  migrations: readonly SqlMigration[],
): Promise<Uint8Array> {
  const hash = createHash("sha256").update(await engineVersion());
  for (const migration of migrations) hash.update(`\0${migration.version}\0${migration.text}`);
  const file = join(options.cacheDir, `platform-${hash.digest("hex").slice(0, 24)}.tar.gz`);
  if (!existsSync(file)) {
    options.logger.info("preparing the embedded database, once", { file });
    await mkdir(options.cacheDir, { recursive: true });
    const part = `${file}.${randomBytes(4).toString("hex")}.part`;
    const builder = await openPgliteSql({ dataDir: undefined, template: undefined });
    try {
      await migratePlatform(builder, migrations, 0);
      await builder.dump(part);
      await rename(part, file);
    } finally {
      await builder.close();
      await rm(part, { force: true });
    }
  }
  return new Uint8Array(await readFile(file));
}

/** Opens and migrates the platform's database: PostgreSQL by URL, else PGlite in a worker thread. */
export async function openPlatformDatabase(options: PlatformDatabaseOptions): Promise<PlatformDatabase> {
  const migrations = await readMigrations();
  let sql: Sql;
  if (options.url !== undefined && options.url !== "") {
    sql = await openPostgresSql({ url: options.url });
  } else {
    const isNew = options.dataDir === undefined || !existsSync(join(options.dataDir, "PG_VERSION"));
    if (options.dataDir !== undefined) await mkdir(options.dataDir, { recursive: true });
    sql = await openPgliteSql({
      dataDir: options.dataDir,
      template: isNew ? await loadTemplate(options, migrations) : undefined,
    });
  }
  try {
    await migratePlatform(sql, migrations, options.now);
  } catch (error) {
    await sql.close();
    throw error;
  }
  return createPlatformDatabase(sql);
}
