import { hasObjectStoreServers, makeServiceAccount, startFakeGoogle, startGcsServer } from "@livepeer-ts/data/testing";

const bucket = "failed-pairs";

/** A Google bucket at an emulator, behind a door that gives out and checks tokens. */
export class FailedPairsBucket {
  /** The flags of a gateway that keeps failed pairs there. */
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly #emulatorUrl: string;
  readonly #stop: () => Promise<void>;

  private constructor(key: string, googleUrl: string, emulatorUrl: string, stop: () => Promise<void>) {
    this.flags = ["-FVfailGsbucket", bucket, "-FVfailGskey", key];
    this.env = { STORAGE_EMULATOR_HOST: googleUrl };
    this.#emulatorUrl = emulatorUrl;
    this.#stop = stop;
  }

  /** Undefined where the emulator is not installed. */
  static async start(): Promise<FailedPairsBucket | undefined> {
    if (!hasObjectStoreServers()) return undefined;
    const emulator = await startGcsServer();
    const google = await startFakeGoogle(emulator.url);
    const account = makeServiceAccount(`${google.url}/token`);
    google.trust(account.publicKey);
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ name: bucket });
    await fetch(`${emulator.url}/storage/v1/b`, { method: "POST", headers, body });
    return new FailedPairsBucket(account.json, google.url, emulator.url, async () => {
      await google.stop();
      await emulator.stop();
    });
  }

  /** Names and sizes of the objects, as the emulator itself tells them. */
  async objects(): Promise<{ readonly name: string; readonly size: number }[]> {
    const answer = await fetch(`${this.#emulatorUrl}/storage/v1/b/${bucket}/o`);
    const { items = [] } = (await answer.json()) as { readonly items?: readonly { name: string; size: string }[] };
    return items.map(({ name, size }) => ({ name, size: Number(size) }));
  }

  stop(): Promise<void> {
    return this.#stop();
  }
}
