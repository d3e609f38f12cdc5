// A process that emits numbered events and prints each number once its event is durable; it runs until it is killed.
// Argument: path of the database.
import { noMetrics, silentLogger } from "@livepeer-ts/kernel";
import { systemClock, systemRandom } from "@livepeer-ts/kernel/adapters";
import { openNodeSqlite } from "../../adapters/node-sqlite.ts";
import { migrateNodeDatabase } from "../../node/migrate.ts";
import { ownMigrations } from "../../node/own-schema.ts";
import { createEventSpool } from "../../spool/event-spool.ts";

const db = openNodeSqlite({ path: process.argv[2] as string });
await migrateNodeDatabase(db, ownMigrations, 0);
const spool = createEventSpool(
  {},
  {
    db,
    delivery: { deliver: () => new Promise<void>(() => {}) },
    clock: systemClock(),
    random: systemRandom(),
    logger: silentLogger,
    metrics: noMetrics,
  },
);
for (let n = 0; ; n++) {
  await spool.emit({ type: "tickets.sent", subject: `stream-${n % 3}`, data: { n, faceValueWei: 10n ** 30n } });
  process.stdout.write(`${n}\n`);
}
