/** Codes of the `LpError`s that the node's databases and stores throw. */
export const nodeDatabaseErrors = [
  "disk_full",
  "database_busy",
  "database_corrupt",
  "database_closed",
  "database_failed",
  "database_too_new",
  "database_wrong_chain",
  "receipt_epoch_used",
  "receipt_index_used",
  "event_spool_full",
] as const;
export type NodeDatabaseError = (typeof nodeDatabaseErrors)[number];
