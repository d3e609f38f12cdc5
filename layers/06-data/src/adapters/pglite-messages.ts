/** What the PGlite thread is started with. */
export type PgliteWorkerData = {
  /** Folder of the database; undefined = in memory. */
  readonly dataDir: string | undefined;
  /** gzip of an initialized database, for a first start. */
  readonly template: Uint8Array | undefined;
};

/** Requests to the PGlite thread; answers carry the same id. */
export type PgliteRequest =
  | { readonly id: number; readonly op: "query"; readonly text: string; readonly params: readonly unknown[] }
  | { readonly id: number; readonly op: "exec"; readonly text: string }
  | { readonly id: number; readonly op: "dump"; readonly file: string }
  | { readonly id: number; readonly op: "close" };

export type PgliteAnswer = {
  readonly id: number;
  readonly rows?: readonly Record<string, unknown>[];
  readonly changed?: number | undefined;
  readonly error?: {
    readonly message: string;
    readonly code: string | undefined;
    readonly constraint: string | undefined;
  };
};
