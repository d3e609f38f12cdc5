import type { AppCommand } from "./app-option.ts";

export const devCommand: AppCommand = {
  words: "[folder]",
  takesWord: true,
  help: "run the app on a network of its own, with payments",
  about: `Starts a chain with contracts, an orchestrator and a gateway with money, then the app in the folder (default: this one); installs
what the app needs, registers it, prints a call to copy, and shows every call with its time and fee. A change of a source starts the
app anew. Ctrl-C ends everything.`,
  options: [
    { name: "off-chain", help: "without a chain and payments: starts quicker" },
    { name: "json", help: "one JSON object a line on the output; what the app prints goes to the error output" },
  ],
  run: async (call) => (await import("./dev-session.ts")).dev(call),
};
