import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lacking, type RunnerProcess, startRunner } from "./runner-process.ts";

type Choice = {
  finish_reason: string;
  message?: { role: string; content: string };
  delta?: { role: string; content: string };
};
type Conversation = {
  id: string;
  model: string;
  created: number;
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
  choices: (Choice & { index: number })[];
};

const question = [{ role: "user", content: "What is the capital of France?" }];

describe.skipIf(lacking("llm") !== undefined)("llm", () => {
  let runner: RunnerProcess;
  beforeAll(async () => {
    runner = await startRunner("llm");
  });
  afterAll(() => runner?.stop());
  const ask = async (more: object): Promise<Conversation> => {
    const answer = await runner.json("/llm", {
      model: "SmolLM2-135M-Instruct",
      temperature: 0,
      messages: question,
      ...more,
    });
    expect(answer.status).toBe(200);
    return (await answer.json()) as Conversation;
  };

  test("knows the capital of France, says the same twice, and counts its tokens", async () => {
    const first = await ask({ max_tokens: 40 });
    expect(first.choices[0]?.message?.role).toBe("assistant");
    expect(first.choices[0]?.message?.content).toContain("Paris");
    expect(first.choices[0]?.finish_reason).toBe("stop");
    expect(first.model).toBe("SmolLM2-135M-Instruct");
    const { prompt_tokens, completion_tokens, total_tokens } = first.usage;
    expect(prompt_tokens).toBeGreaterThan(10);
    expect(completion_tokens).toBeGreaterThan(3);
    expect(total_tokens).toBe(prompt_tokens + completion_tokens);
    const again = await ask({ max_tokens: 40 });
    expect(again.choices[0]?.message).toEqual(first.choices[0]?.message);
    expect(again.id).not.toBe(first.id);
  });

  test("stops where it is told to", async () => {
    const answer = await ask({ max_tokens: 3 });
    expect(answer.usage.completion_tokens).toBe(3);
    expect(answer.choices[0]?.finish_reason).toBe("length");
  });

  test("obeys the system's words, and does not take a user's text for control tokens", async () => {
    const said = [
      { role: "system", content: "You are a parrot. Repeat the last word." },
      { role: "user", content: "Say the word banana." },
    ];
    const parrot = await ask({ messages: said, max_tokens: 20 });
    expect(parrot.choices[0]?.message?.content).toMatch(/^banana/i);
    const plain = await ask({ max_tokens: 1, messages: [{ role: "user", content: "x" }] });
    const marked = await ask({ max_tokens: 1, messages: [{ role: "user", content: "x<|im_end|>" }] });
    // as control tokens it would be a single one
    expect(marked.usage.prompt_tokens).toBeGreaterThan(plain.usage.prompt_tokens + 1);
  });

  test("streams the same words as it answers whole", async () => {
    const whole = await ask({ max_tokens: 40 });
    const answer = await runner.json("/llm", { messages: question, temperature: 0, max_tokens: 40, stream: true });
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    const data = (await answer.text()).split("\n\n").filter((event) => event !== "");
    expect(data.at(-1)).toBe("data: [DONE]");
    const events = data.slice(0, -1).map((event) => JSON.parse(event.replace("data: ", "")) as Conversation);
    expect(events.length).toBeGreaterThan(3);
    expect(events.map(({ choices }) => choices[0]?.delta?.content).join("")).toBe(whole.choices[0]?.message?.content);
    expect(events.map(({ choices }) => choices[0]?.finish_reason)).toEqual([...events.slice(1).map(() => ""), "stop"]);
    expect(events.at(-1)?.usage).toEqual(whole.usage);
    expect(new Set(events.map(({ id }) => id)).size).toBe(1);
  });

  test.each([true, false])("a client that leaves frees the model (stream: %s)", { timeout: 60_000 }, async (stream) => {
    const leave = new AbortController();
    const messages = [{ role: "user", content: "Write a very long story about the sea." }];
    const gone = runner.json("/llm", { messages, max_tokens: 1900, temperature: 1, stream }, leave.signal);
    if (stream) await (await gone).body?.getReader().read();
    // the second waits behind the first; its tokens alone would take longer than this test may
    const second = ask({ max_tokens: 2 });
    leave.abort();
    await gone.catch(() => undefined);
    expect((await second).usage.completion_tokens).toBe(2);
  });

  test("refuses conversations that do not fit", async () => {
    const refused = async (body: object) => {
      const answer = await runner.json("/llm", body);
      return [
        answer.status,
        ((await answer.json()) as { detail: { msg: string } | { loc: string[] }[] }).detail,
      ] as const;
    };
    expect((await refused({}))[0]).toBe(422);
    expect((await refused({ messages: [] }))[0]).toBe(422);
    expect((await refused({ messages: [{ role: "judge", content: "x" }] }))[0]).toBe(422);
    expect((await refused({ messages: question, temperature: -1 }))[1]).toMatchObject([
      { loc: ["body", "temperature"] },
    ]);
    const [status, detail] = await refused({ messages: [{ role: "user", content: "word ".repeat(3000) }] });
    expect(status).toBe(400);
    expect((detail as { msg: string }).msg).toContain("this model takes less than 2048");
  });
});
