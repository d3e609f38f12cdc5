export * from "./local-object-store.ts";
export * from "./node-digests.ts";
export * from "./node-sqlite.ts";
export * from "./open-object-store.ts";
export * from "./open-platform-database.ts";
export * from "./pglite-sql.ts";
export * from "./postgres-sql.ts";
