import type { MenuSession } from "./menu-session.ts";
import { askPrice } from "./orchestrator-entries.ts";
import { bad } from "./units.ts";

export async function setBroadcastConfig(session: MenuSession): Promise<void> {
  const { client, console } = session;
  console.say("Enter the highest price that is paid; a price of 0 means any");
  const price = await askPrice(session, "maxPricePerUnit");
  const known = await client.json<readonly string[]>("/getAvailableTranscodingOptions");
  const config = await client.json<{ readonly TranscodingOptions: string }>("/getBroadcastConfig");
  const names = [...known].sort();
  names.forEach((name, i) => {
    console.say(`  ${i}. ${name}`);
  });
  const transcodingOptions = await console.ask(
    `Enter the identifiers or names of the video profiles, comma separated (default: ${config.TranscodingOptions}) - `,
    (text) =>
      text
        .split(",")
        .map((item) => profileName(item.trim(), names))
        .join(","),
    config.TranscodingOptions,
  );
  await session.change("/setBroadcastConfig", { ...price, transcodingOptions }, "Broadcast config set");
}

function profileName(text: string, names: readonly string[]): string {
  const name = /^\d{1,2}$/.test(text) ? names[Number(text)] : names.find((known) => known === text);
  if (name === undefined) throw bad(`"${text}" is not a valid ID or name`);
  return name;
}

export async function setMaxPriceForCapability(session: MenuSession): Promise<void> {
  const pipeline = await session.console.ask("Enter the pipeline, such as text-to-image - ", String);
  const modelID = await session.console.ask("Enter the model (default: default) - ", String, "default");
  const price = await askPrice(session, "maxPricePerUnit");
  await session.change("/setMaxPriceForCapability", { ...price, pipeline, modelID }, "Max price set");
}
