import { parseObjectStoreUrl, redactedObjectStoreUrl } from "@livepeer-ts/data";
import { nodeDigests, openObjectStore } from "@livepeer-ts/data/adapters";
import { errorText, type ObjectStore, toHex, utf8 } from "@livepeer-ts/kernel";
import type { DoctorCheck } from "../doctor-check.ts";
import type { DoctorSubject } from "../doctor-subject.ts";
import { error, type Finding, warning } from "../finding.ts";

const storeMs = 10_000;
const maxProbeBytes = 1024;

export const objectStores: DoctorCheck = {
  name: "object stores",
  looksAt: "whether stores answer; with -probeStores, storing, reading and deleting an object",
  concerns: (subject) => storesOf(subject).length > 0,
  async run(subject) {
    return (await Promise.all(storesOf(subject).map(([flag, url]) => lookAt(flag, url, subject)))).flat();
  },
};

function storesOf({ config }: DoctorSubject): (readonly [flag: string, url: string])[] {
  if (config.role !== "gateway" && config.role !== "orchestrator") return [];
  const { live, record } = config.stores;
  const given = [
    ["objectStore", live],
    ["recordStore", record],
  ] as const;
  return given.flatMap(([flag, url]) =>
    url === undefined || parseObjectStoreUrl(url).kind === "memory" ? [] : [[flag, url] as const],
  );
}

async function lookAt(flag: string, url: string, subject: DoctorSubject): Promise<Finding[]> {
  const name = `-${flag} ${redactedObjectStoreUrl(url)}`;
  const { ports, trusted, wishes } = subject;
  const deadline = ports.clock.deadline(storeMs, subject.signal);
  const key = `livepeer-doctor-${toHex(ports.random.bytes(8)).slice(2)}`;
  try {
    const store = await openObjectStore({ url }, { ...ports, net: trusted, digests: nodeDigests });
    if (!wishes.probeStores) {
      await store.head(key, { signal: deadline.signal });
      return [];
    }
    return await probe(store, key, name, deadline.signal);
  } catch (cause) {
    return [
      error(
        "store_unusable",
        `${name} does not work: ${errorText(cause)}`,
        flag === "recordStore"
          ? "Nothing is recorded."
          : "Segments stay in memory, and players that look in the store find none.",
        "Check the key, its rights (put, get, delete, list), the bucket, and that the machine reaches the store.",
      ),
    ];
  } finally {
    deadline.clear();
  }
}

/** Stores an object, reads it and takes it away again. Rejects with what the store said. */
async function probe(store: ObjectStore, key: string, name: string, signal: AbortSignal): Promise<Finding[]> {
  const bytes = utf8(`probe of livepeer doctor: ${key}`);
  await store.put(key, bytes, { contentType: "text/plain", signal });
  const findings: Finding[] = [];
  const object = await store.get(key, { signal });
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of object?.body ?? []) {
    size += chunk.length;
    if (size > maxProbeBytes) break;
    chunks.push(chunk);
  }
  if (!Buffer.concat(chunks).equals(bytes))
    findings.push(
      error(
        "store_gives_other_bytes",
        `${name} does not give back what was stored in it.`,
        "Players and recordings would get other bytes.",
        "Look for a cache or a proxy in front of the store.",
      ),
    );
  try {
    await store.delete(key, { signal });
  } catch (cause) {
    findings.push(
      warning(
        "store_keeps",
        `${name} does not delete (${errorText(cause)}); the probe object ${key} is still there.`,
        "Old segments stay and cost money.",
        "Allow delete for the key, or let the bucket expire objects.",
      ),
    );
  }
  return findings;
}
