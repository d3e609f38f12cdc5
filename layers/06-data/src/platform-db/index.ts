export * from "../adapters/open-platform-database.ts";
export * from "../events/event-log.ts";
export * from "./migrate.ts";
export * from "./platform-database.ts";
export * from "./platform-tables.ts";
