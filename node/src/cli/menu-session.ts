import { LpError } from "@livepeer-ts/kernel";
import { type AdminClient, type AdminParams, type AdminReply, accepted, replyText } from "./admin-client.ts";
import type { Console } from "./console.ts";
import type { NodeFacts } from "./stats.ts";
import { estimateLines, estimateTransaction } from "./transaction-estimate.ts";

/** What the entries of the menu work with. */
export class MenuSession {
  readonly client: AdminClient;
  readonly facts: NodeFacts;
  readonly console: Console;
  readonly #isAsking: boolean;

  /** `isAsking` false: transactions are sent without a question (`--yes`). */
  constructor(client: AdminClient, facts: NodeFacts, console: Console, isAsking: boolean) {
    this.client = client;
    this.facts = facts;
    this.console = console;
    this.#isAsking = isAsking;
  }

  /** Shows what the transaction costs, asks, and sends it. Undefined: the person said no. Rejects with `node_refused`. */
  async transact(path: string, params: AdminParams = {}): Promise<AdminReply | undefined> {
    if (this.#isAsking) {
      for (const line of estimateLines(await estimateTransaction(this.client, path, params))) this.console.say(line);
      if (!(await this.console.askYesNo("Would you like to send this transaction?"))) {
        this.console.say("Transaction cancelled: nothing was sent.");
        return undefined;
      }
    }
    return accepted(await this.client.post(path, params));
  }

  /** As `transact`, and says what came back. */
  async sendAndSay(path: string, params: AdminParams, success: string): Promise<void> {
    if ((await this.transact(path, params)) !== undefined) this.console.say(success);
  }

  /** Changes a setting and says what the node answers, or `success`. */
  async change(path: string, params: AdminParams, success: string): Promise<void> {
    const text = replyText(accepted(await this.client.post(path, params))).trim();
    this.console.say(text === "" ? success : text);
  }

  /** Rejects with `needs_chain` off chain. */
  requireChain(): void {
    if (this.facts.chainId === "0")
      throw new LpError({ code: "needs_chain", message: "This needs a chain: the node works off chain" });
  }
}
