import { randomBytes } from "node:crypto";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { errorText, LpError, newBytes } from "@livepeer-ts/kernel";
import type { Overflow, OverflowedBytes } from "../object-store/overflow.ts";

export type OverflowFileOptions = {
  /** Folder of the file; made when absent. */
  readonly directory: string;
  /** Size of the file at most, bytes. */
  readonly maxBytes: number;
  /** The file is given out in pieces of this size. Default 256 KiB. */
  readonly blockBytes?: number;
};

/** An overflow on disk, and how it ends. */
export type OverflowFile = Overflow & { close(): Promise<void> };

const noRoomCodes = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

function storeFull(message: string, cause?: unknown): LpError {
  return new LpError({ code: "store_full", message, retryable: true, ...(cause === undefined ? {} : { cause }) });
}

function failed(what: string, cause: unknown): LpError {
  return new LpError({
    code: "object_store_failed",
    message: `segments that have no room in memory could not be ${what}: ${errorText(cause)}`,
    cause,
  });
}

/**
 * One file without a name: it is gone when the process is, however that ends. Its blocks are used again, the last freed ones first,
 * so that the system keeps few pages of it.
 */
export async function openOverflowFile({ directory, maxBytes, ...rest }: OverflowFileOptions): Promise<OverflowFile> {
  const blockBytes = rest.blockBytes ?? 256 * 1024;
  const maxBlocks = Math.floor(maxBytes / blockBytes);
  await mkdir(directory, { recursive: true });
  const path = join(directory, `.overflow-${randomBytes(6).toString("hex")}`);
  const file = await open(path, "wx+", 0o600);
  await rm(path, { force: true });
  const free: number[] = [];
  let fileBlocks = 0;
  let usedBlocks = 0;

  const giveBack = (blocks: readonly number[]) => {
    usedBlocks -= blocks.length;
    for (const block of blocks) free.push(block);
    if (usedBlocks > 0) return;
    free.length = 0;
    fileBlocks = 0;
  };
  const write = async (bytes: Uint8Array, at: number): Promise<void> => {
    for (let from = 0; from < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, from, bytes.length - from, at + from);
      from += bytesWritten;
    }
  };
  const readFully = async (bytes: Uint8Array, at: number): Promise<void> => {
    for (let from = 0; from < bytes.length; ) {
      const { bytesRead } = await file.read(bytes, from, bytes.length - from, at + from);
      if (bytesRead === 0) throw new Error("the file is shorter than it was");
      from += bytesRead;
    }
  };

  return {
    async put(bytes) {
      const count = Math.ceil(bytes.length / blockBytes);
      if (usedBlocks + count > maxBlocks) {
        throw storeFull(`live segments fill ${maxBytes} bytes on disk: carry fewer streams on this gateway`);
      }
      usedBlocks += count;
      const blocks = Array.from({ length: count }, () => free.pop() ?? fileBlocks++);
      try {
        for (const [i, block] of blocks.entries()) {
          await write(bytes.subarray(i * blockBytes, (i + 1) * blockBytes), block * blockBytes);
        }
      } catch (error) {
        giveBack(blocks);
        const { code = "" } = error as NodeJS.ErrnoException;
        if (noRoomCodes.has(code))
          throw storeFull(`there is no room on disk for live segments in ${directory}: free some`, error);
        throw failed("stored", error);
      }
      return overflowed(blocks);
    },
    async close() {
      await file.close();
    },
  };

  function overflowed(blocks: readonly number[]): OverflowedBytes {
    let readers = 0;
    let isDropped = false;
    async function* read(start: number, end: number): AsyncGenerator<Uint8Array> {
      if (isDropped && readers === 0) throw failed("read", "the segment has left the live window");
      readers++;
      try {
        for (let at = start; at < end; ) {
          const within = at % blockBytes;
          const piece = newBytes(Math.min(end - at, blockBytes - within));
          try {
            await readFully(piece, (blocks[Math.floor(at / blockBytes)] as number) * blockBytes + within);
          } catch (error) {
            throw failed("read", error);
          }
          yield piece;
          at += piece.length;
        }
      } finally {
        readers--;
        if (isDropped && readers === 0) giveBack(blocks);
      }
    }
    return {
      read,
      drop() {
        if (isDropped) return;
        isDropped = true;
        if (readers === 0) giveBack(blocks);
      },
    };
  }
}
