import { type Address, type Hash32, type Hex, toAddress, toHash32 } from "@livepeer-ts/kernel";
import type { ChainLog, HeaderStore, StoredHeader } from "@livepeer-ts/protocol";
import type { NodeDatabase, SqlRow } from "../ports/node-database.ts";

/** The column `logs` holds JSON of EVM logs as go-ethereum writes them. The L1 block number has no column there; it is kept in our own file. */
type JsonLog = {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
  readonly blockNumber: string;
  readonly transactionHash: string;
  readonly transactionIndex: string;
  readonly blockHash: string;
  readonly logIndex: string;
  readonly removed: boolean;
};

const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

function toJson(log: ChainLog): JsonLog {
  return {
    address: log.address,
    topics: log.topics,
    data: log.data,
    blockNumber: hex(log.blockNumber),
    transactionHash: log.txHash,
    transactionIndex: "0x0",
    blockHash: log.blockHash,
    logIndex: hex(log.logIndex),
    removed: false,
  };
}

function fromJson(log: JsonLog): ChainLog {
  return {
    address: toAddress(log.address) as Address,
    topics: log.topics.map(toHash32) as readonly Hash32[],
    data: log.data as Hex,
    blockNumber: BigInt(log.blockNumber),
    blockHash: toHash32(log.blockHash),
    txHash: toHash32(log.transactionHash),
    logIndex: Number(log.logIndex),
  };
}

/** The block watcher's place in go-livepeer's table `blockheaders`. */
export function createHeaderStore(deps: { readonly livepeer: NodeDatabase; readonly own: NodeDatabase }): HeaderStore {
  const { livepeer: db, own } = deps;
  const fromRow = (row: SqlRow): StoredHeader => {
    const hash = toHash32(String(row.hash));
    const number = BigInt(row.number as number);
    const l1 = own.read((sql) => sql.get("SELECT l1_block FROM header_l1 WHERE hash = ?", hash));
    const text =
      row.logs === null
        ? "[]"
        : typeof row.logs === "string"
          ? row.logs
          : new TextDecoder().decode(row.logs as Uint8Array);
    return {
      number,
      hash,
      parentHash: toHash32(String(row.parent)),
      l1BlockNumber: l1 === undefined ? number : BigInt(l1.l1_block as number),
      logs: ((JSON.parse(text) ?? []) as readonly JsonLog[]).map(fromJson),
    };
  };
  return {
    async load() {
      return db
        .read((sql) => sql.all("SELECT number, parent, hash, logs FROM blockheaders ORDER BY number"))
        .map(fromRow);
    },
    async save(headers) {
      // Ours first: a header without its L1 number would be read wrongly, an L1 number without its header is only a spare row.
      await own.tx((tx) => {
        for (const header of headers) {
          tx.run("INSERT OR REPLACE INTO header_l1(hash, l1_block) VALUES(?, ?)", header.hash, header.l1BlockNumber);
        }
      });
      await db.tx((tx) => {
        tx.run("DELETE FROM blockheaders");
        for (const header of headers) {
          tx.run(
            "INSERT INTO blockheaders(number, parent, hash, logs) VALUES(?, ?, ?, ?)",
            header.number,
            header.parentHash,
            header.hash,
            new TextEncoder().encode(JSON.stringify(header.logs.map(toJson))),
          );
        }
      });
      await own.tx((tx) => {
        const kept = headers.map((header) => header.hash);
        tx.run(`DELETE FROM header_l1 WHERE hash NOT IN (${kept.map(() => "?").join(", ") || "''"})`, ...kept);
      });
    },
  };
}
