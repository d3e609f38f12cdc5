import { errorText, LpError } from "@livepeer-ts/kernel";
import { type AppInput, checkAppTerms, type RegisteredApp } from "@livepeer-ts/sdk/app";
import type { AppFolder } from "./app-folder.ts";

/** What an app is offered as, and what it takes where that is known. */
export type AppDescription = RegisteredApp & {
  readonly about?: string | undefined;
  readonly inputs?: Readonly<Record<string, AppInput>> | undefined;
};

const answerMs = 10_000;

/** What the manifest says, or what a running app with a kit says of itself. Throws `app_description`. */
export async function describeApp({ manifest }: AppFolder, url: string): Promise<AppDescription> {
  if (manifest.name !== undefined) {
    const { name, about, version, mode, capacity, price } = manifest;
    return { name, about, version, mode, capacity, price };
  }
  try {
    const answer = await fetch(`${url}/schema`, { signal: AbortSignal.timeout(answerMs) });
    if (!answer.ok) throw new Error(`GET /schema was answered with ${answer.status}`);
    const { name, about, version, capacity, price, inputs } = (await answer.json()) as AppDescription;
    const described = {
      ...{ name, inputs, capacity },
      ...{ about: about ?? undefined, version: version ?? undefined, price: price ?? undefined },
    };
    checkAppTerms(described);
    return described;
  } catch (cause) {
    throw new LpError({
      code: "app_description",
      message: `the app does not say what it is (${errorText(cause)}): use one of the kits, or write an app.json with its name`,
      cause,
    });
  }
}
