import { errorText, LpError } from "@livepeer-ts/kernel";
import { endWithSupervisor } from "./supervisor/child-side.ts";

const commands: Readonly<Record<string, () => Promise<(args: readonly string[]) => Promise<void>>>> = {
  up: async () => (await import("./up/up-command.ts")).upCommand,
  demo: async () => (await import("./demo/demo-command.ts")).demoCommand,
  "demo-ai": async () => (await import("./demo-ai/demo-ai-command.ts")).demoAiCommand,
  chain: async () => (await import("./chain/chain-command.ts")).chainCommand,
  doctor: async () => (await import("./doctor/doctor-command.ts")).doctorCommand,
  cli: async () => (await import("./cli/cli-command.ts")).cliCommand,
  explain: async () => (await import("./records/explain-command.ts")).explainCommand,
  bench: async () => (await import("./livepeer-bench/bench-command.ts")).benchCommand,
  records: async () => (await import("./records/records-command.ts")).recordsCommand,
  app: async () => (await import("./app/app-command.ts")).appCommand,
  platform: async () => (await import("./roles/run-platform.ts")).runPlatform,
};

const usage = `livepeer <command> | livepeer -<flag> …

  up         start a local network and open it in a browser
  demo       run a local network without a person and check it
  demo-ai    run every AI pipeline on a local network and look at what comes out
  app        write an app, run it on a network of its own, register it, call it (livepeer app help)
  chain      deploy the contracts, look at them, run them (livepeer chain help)
  doctor     what is wrong with a node's set-up, and what to do (livepeer doctor -help)
  cli        look at a running node, change its settings, act in the protocol (livepeer cli help; also livepeer_cli)
  explain    why a segment, an AI job or a ticket came out as it did (livepeer explain --help)
  records    export what nodes have recorded, with their receipts
  bench      how many streams this machine transcodes (livepeer_bench; livepeer bench -help)
  platform   run the platform (API, web pages)

A node takes go-livepeer's flags (livepeer -help lists them), for example:
  livepeer -gateway -orchAddr 127.0.0.1:8935
  livepeer -orchestrator -transcoder -serviceAddr 127.0.0.1:8935
`;

async function main(args: readonly string[]): Promise<void> {
  const [first = ""] = args;
  if (first === "" || first === "help") {
    process.stdout.write(usage);
    return;
  }
  if (first.startsWith("-")) {
    const { runNode } = await import("./roles/run-node.ts");
    return runNode(args.map((arg) => (/^--?h$/.test(arg) ? "-help" : arg)));
  }
  const load = commands[first];
  if (load === undefined) {
    throw new LpError({ code: "unknown_command", message: `there is no command "${first}": run livepeer help` });
  }
  return (await load())(args.slice(1));
}

endWithSupervisor();
try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(
    `${error instanceof LpError ? error.message : error instanceof Error ? error.stack : errorText(error)}\n`,
  );
  process.exit(error instanceof LpError && error.code === "bad_flag" ? 2 : 1);
}
