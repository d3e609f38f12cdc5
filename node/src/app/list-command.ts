import { headedTable } from "../cli/text-table.ts";
import type { AppCall, AppCommand } from "./app-option.ts";
import { gatewayUrl } from "./call-command.ts";
import { listedApps } from "./listed-apps.ts";
import { priceText } from "./money-text.ts";
import { usualGateway } from "./running-networks.ts";

export const listCommand: AppCommand = {
  words: "",
  takesWord: false,
  help: "what apps a gateway offers",
  about:
    "Prints the apps of the network as the gateway sees them: places that are free and in all, and the lowest price.",
  options: [
    { name: "json", help: "print JSON" },
    {
      name: "gateway",
      short: "g",
      value: "URL",
      help: "the gateway (default: that of a running app dev, else http://127.0.0.1:9935)",
    },
  ],
  run: list,
};

async function list(call: AppCall): Promise<void> {
  const gateway = gatewayUrl(call) ?? (await usualGateway());
  const apps = await listedApps(gateway);
  if (call.has("json")) {
    process.stdout.write(`${JSON.stringify(apps, null, 2)}\n`);
    return;
  }
  if (apps.length === 0) {
    process.stdout.write(`${gateway} knows of no apps yet\n`);
    return;
  }
  const rows = apps.map(({ app, mode, version = "", capacity, capacity_available: free, price_info: price }) => [
    ...[app, version, mode, `${free} of ${capacity}`, priceText(price)],
  ]);
  process.stdout.write(`${headedTable(["app", "version", "mode", "places", "price"], rows)}\n`);
}
