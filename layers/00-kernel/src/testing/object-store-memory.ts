import type { ObjectHead, ObjectPage, ObjectStore, OpenObject, PutOptions } from "../ports/object-store.ts";
import { bodyOf } from "../units/body.ts";

/** Objects in a map, without limits. */
export class ObjectStoreMemory implements ObjectStore {
  readonly kind = "memory";
  readonly description = "memory";
  readonly isExternal = false;
  readonly objects = new Map<string, { bytes: Uint8Array; contentType: string }>();

  async put(key: string, bytes: Uint8Array, options: PutOptions = {}): Promise<{ url: string }> {
    this.objects.set(key, { bytes, contentType: options.contentType ?? "application/octet-stream" });
    return { url: this.publicUrl(key) };
  }

  async get(key: string): Promise<OpenObject | undefined> {
    const head = await this.head(key);
    const bytes = this.bytes(key);
    return head === undefined || bytes === undefined ? undefined : { ...head, body: bodyOf(bytes) };
  }

  async head(key: string): Promise<ObjectHead | undefined> {
    const found = this.objects.get(key);
    if (found === undefined) return undefined;
    const { bytes, contentType } = found;
    return { key, sizeBytes: bytes.length, modifiedAtMs: undefined, contentType, metadata: {} };
  }

  async list(prefix: string): Promise<ObjectPage> {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    const objects = keys.map((key) => ({
      key,
      sizeBytes: this.bytes(key)?.length ?? 0,
      modifiedAtMs: undefined,
    }));
    return { objects, prefixes: [], cursor: undefined };
  }

  async delete(key: string): Promise<void> {
    this.objects.delete(key);
  }

  isOwn(url: string): boolean {
    return url.startsWith("/stream/");
  }

  publicUrl(key: string): string {
    return `/stream/${key}`;
  }

  postCredentials(): undefined {
    return undefined;
  }

  /** What is stored under a key, for expectations. */
  bytes(key: string): Uint8Array | undefined {
    return this.objects.get(key)?.bytes;
  }
}
