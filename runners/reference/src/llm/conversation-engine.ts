import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { getLlama, type LlamaContextSequence, LlamaLogLevel, type LlamaModel, type Token } from "node-llama-cpp";
import { Refusal } from "../http/refusal.ts";
import type { Answer, Engine } from "../jobs/engine.ts";
import type { Job, Message } from "../jobs/job.ts";
import { freshSeed } from "../jobs/random.ts";

/** Tokens of question and answer together. */
export const contextTokens = 2048;
const threads = 2;

type Choice = { readonly text: string; readonly finishReason: "" | "stop" | "length" };

/** SmolLM2 through llama.cpp, loaded and warmed up. */
export async function conversationEngine(folder: string, modelId: string): Promise<Engine> {
  const llama = await getLlama({ gpu: false, build: "never", logLevel: LlamaLogLevel.error, progressLogs: false });
  const model = await llama.loadModel({ modelPath: join(folder, "llm/SmolLM2-135M-Instruct.Q4_1.gguf"), gpuLayers: 0 });
  const context = await model.createContext({ contextSize: contextTokens, sequences: 1, threads });
  const sequence = context.getSequence();
  const engine = new ConversationEngine(model, sequence, modelId);
  await engine.warmUp();
  return engine;
}

class ConversationEngine implements Engine {
  readonly #model: LlamaModel;
  readonly #sequence: LlamaContextSequence;
  readonly #modelId: string;

  constructor(model: LlamaModel, sequence: LlamaContextSequence, modelId: string) {
    this.#model = model;
    this.#sequence = sequence;
    this.#modelId = modelId;
  }

  /** The first prompt after loading takes seconds; nobody shall wait for it. */
  async warmUp(): Promise<void> {
    for await (const _ of this.#sequence.evaluate(this.#prompt([{ role: "user", content: "Hello" }]))) break;
    await this.#sequence.clearHistory();
  }

  async run(job: Job, signal: AbortSignal): Promise<Answer> {
    const prompt = this.#prompt(job.messages());
    if (prompt.length >= contextTokens) {
      throw new Refusal(
        400,
        `the messages are ${prompt.length} tokens long; this model takes less than ${contextTokens}`,
      );
    }
    const head = { id: `chatcmpl-${randomUUID()}`, model: this.#modelId, created: Math.floor(Date.now() / 1000) };
    const counts = { completion: 0 };
    const usage = () => ({
      prompt_tokens: prompt.length,
      completion_tokens: counts.completion,
      total_tokens: prompt.length + counts.completion,
    });
    const pieces = this.#generate(job, prompt, counts, signal);
    if (job.flag("stream")) {
      async function* events() {
        for await (const { text, finishReason } of pieces) {
          const delta = { role: "assistant", content: text };
          yield { ...head, usage: usage(), choices: [{ index: 0, finish_reason: finishReason, delta }] };
        }
      }
      return { kind: "events", events: events() };
    }
    let content = "";
    let reason = "";
    for await (const { text, finishReason } of pieces) {
      content += text;
      reason = finishReason;
    }
    if (signal.aborted) throw new Refusal(499, "the client has gone");
    const message = { role: "assistant", content };
    return {
      kind: "json",
      value: { ...head, usage: usage(), choices: [{ index: 0, finish_reason: reason, message }] },
    };
  }

  /** ChatML. What users write is never read as control tokens. */
  #prompt(messages: readonly Message[]): Token[] {
    const control = (text: string) => this.#model.tokenize(text, true);
    const plain = (text: string) => this.#model.tokenize(text, false);
    const all =
      messages[0]?.role === "system"
        ? messages
        : [{ role: "system", content: "You are a helpful assistant." }, ...messages];
    return [
      ...all.flatMap(({ role, content }) => [
        ...control("<|im_start|>"),
        ...plain(`${role}\n${content}`),
        ...control("<|im_end|>"),
        ...plain("\n"),
      ]),
      ...control("<|im_start|>"),
      ...plain("assistant\n"),
    ];
  }

  /** Pieces of text as they come; the last one says why it ended. Ends early, without a reason, when the signal fires. */
  async *#generate(
    job: Job,
    prompt: Token[],
    counts: { completion: number },
    signal: AbortSignal,
  ): AsyncGenerator<Choice> {
    const most = Math.min(job.number("max_tokens"), contextTokens - prompt.length);
    const topK = job.number("top_k");
    await this.#sequence.clearHistory();
    const tokens = this.#sequence.evaluate(prompt, {
      temperature: job.number("temperature"),
      topP: job.number("top_p"),
      topK: topK < 1 ? 0 : topK,
      seed: freshSeed(),
      yieldEogToken: true,
    });
    const made: Token[] = [];
    let sent = 0;
    let finishReason: Choice["finishReason"] = "length";
    for await (const token of tokens) {
      if (signal.aborted) return;
      counts.completion++;
      if (this.#model.isEogToken(token)) {
        finishReason = "stop";
        break;
      }
      made.push(token);
      const text = this.#model.detokenize(made);
      // a character may be spread over several tokens
      if (!text.endsWith("\ufffd") && text.length > sent) {
        yield { text: text.slice(sent), finishReason: "" };
        sent = text.length;
      }
      if (counts.completion >= most) break;
    }
    yield { text: this.#model.detokenize(made).slice(sent), finishReason };
  }
}
