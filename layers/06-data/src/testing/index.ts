export * from "./blob-store-compliance.ts";
export * from "./platform-database-compliance.ts";
export * from "./private-postgres.ts";
