/** A folder that another program on the machine, or in a container, sees too. */
export interface SharedFolder {
  /** Writes files into a new folder of their own. Rejects with `shared_folder` when it cannot. */
  share(files: readonly { readonly name: string; readonly bytes: Uint8Array }[]): Promise<{
    /** How the other program names them, in the order given. */
    readonly paths: readonly string[];
    /** Removes them. */
    remove(): Promise<void>;
  }>;
}
