import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { createExternalResultVerifier, createLocalResultVerifier, type SharedFolder } from "@livepeer-ts/economics";
import { type ResultVerifier, verifyInTurn } from "@livepeer-ts/execution";
import { errorText, LpError, type ObjectStore, type Random, toHex } from "@livepeer-ts/kernel";
import { FfmpegPictureSampler } from "@livepeer-ts/media/adapters";
import type { GatewayConfig } from "../flags/node-config.ts";
import type { ProcessPorts } from "../process-ports.ts";

/** What a gateway does with results before it plays them. */
export type ResultChecks = {
  readonly verifier: ResultVerifier;
  /** False: nothing is checked. */
  readonly isActive: boolean;
  stop(): Promise<void>;
};

/** Opens what `-localVerify`, `-verifyPictures` and `-verifierUrl` ask for. `live` is where `-objectStore` is. */
export function openResultChecks(
  config: Pick<GatewayConfig, "chain" | "options" | "verification">,
  live: ObjectStore | undefined,
  ports: ProcessPorts,
): ResultChecks {
  const { pictureShare, classifier } = config.verification;
  const isLocal = config.options.localVerify === true;
  const pictures = isLocal && pictureShare > 0 ? new FfmpegPictureSampler({}, ports) : undefined;
  if (pictures !== undefined) ports.tasks.spawn("look for ffmpeg", async () => void (await pictures.ready()));
  const verifiers: ResultVerifier[] = [];
  if (isLocal) {
    const options = { requiresSignature: config.chain !== undefined, pictureShare };
    verifiers.push(createLocalResultVerifier(options, { random: ports.random, pictures }));
  }
  if (classifier !== undefined) {
    const folder = classifier.path === undefined ? storeFolder(live, ports.random) : sharedFolder(classifier.path);
    verifiers.push(createExternalResultVerifier({ url: classifier.url }, { ...ports, folder }));
  }
  return {
    verifier: verifyInTurn(verifiers),
    isActive: verifiers.length > 0,
    stop: async () => pictures?.stop(),
  };
}

/** The verifier sees the folder as `/stream`, as go-livepeer's container has it. */
function sharedFolder(path: string): SharedFolder {
  return {
    async share(files) {
      try {
        await mkdir(path, { recursive: true });
        const folder = await mkdtemp(join(path, "segment-"));
        await chmod(folder, 0o755); // the verifier is another user
        for (const { name, bytes } of files) await writeFile(join(folder, name), bytes, { mode: 0o644 });
        return {
          paths: files.map(({ name }) => `/stream/${basename(folder)}/${name}`),
          remove: () => rm(folder, { recursive: true, force: true }),
        };
      } catch (error) {
        throw notShared(error);
      }
    },
  };
}

/** Without a folder the verifier fetches everything from the object store. */
function storeFolder(store: ObjectStore | undefined, random: Random): SharedFolder {
  return {
    async share(files) {
      if (store === undefined) throw notShared("there is no object store");
      const prefix = `verification/${toHex(random.bytes(8)).slice(2)}`;
      const keys = files.map(({ name }) => `${prefix}/${name}`);
      const remove = async () => void (await Promise.all(keys.map((key) => store.delete(key))));
      try {
        await Promise.all(
          files.map(({ bytes }, i) => store.put(keys[i] as string, bytes, { contentType: "application/octet-stream" })),
        );
        return { paths: keys.map((key) => store.publicUrl(key)), remove };
      } catch (error) {
        await remove();
        throw notShared(error);
      }
    },
  };
}

function notShared(cause: unknown): LpError {
  return new LpError({
    code: "shared_folder",
    message: `the segment could not be shared with the verifier: ${errorText(cause)}`,
    cause,
  });
}
