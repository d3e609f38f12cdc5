import { NodeNet, systemClock } from "@livepeer-ts/kernel/adapters";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { RunnerDriver, RunningRunner } from "../runners/runner-driver.ts";
import { askHealth, askIdentity } from "../runners/runner-probe.ts";
import type { DeviceSlot, RunnerSpec } from "../runners/runner-spec.ts";

/** A driver under test, and what can be seen of its runners from outside. */
export type RunnerDriverSubject = {
  readonly driver: RunnerDriver;
  /** The same machine's driver after the node died. */
  readonly again: () => RunnerDriver;
  /** The same for everybody but the manner of the test runner. */
  readonly specOf: (manner: string) => RunnerSpec;
  /** Kills what runs, as the machine would. */
  readonly crash: (running: RunningRunner) => void | Promise<void>;
  /** Runners that are there, running or not, seen from outside. */
  readonly count: () => number | Promise<number>;
  /** False for addresses: somebody else starts and ends what is there. */
  readonly isOwner: boolean;
  readonly close: () => Promise<void>;
};

const clock = systemClock();
const slot: DeviceSlot = { id: "emulated-0", gpu: undefined, maker: undefined, colocation: 0 };

/** What every way to run a runner owes to the pool. */
export function describeRunnerDriverCompliance(name: string, open: () => Promise<RunnerDriverSubject>): void {
  describe(`runners by ${name}`, () => {
    let subject: RunnerDriverSubject;
    let net: NodeNet;
    const { signal } = new AbortController();
    const started: RunningRunner[] = [];
    beforeAll(async () => {
      net = new NodeNet();
      subject = await open();
    });
    afterEach(async () => {
      for (const running of started.splice(0)) await running.stop();
    });
    afterAll(async () => {
      await subject?.close();
      await net?.stop();
    });
    const start = async (manner: string) => {
      const running = await subject.driver.start(subject.specOf(manner), slot, signal);
      started.push(running);
      return running;
    };
    const untilHealthy = async (running: RunningRunner) => {
      const end = clock.mono() + 30_000;
      for (;;) {
        const health = await askHealth(running, { net, clock }, signal);
        if (health.status === "OK") return;
        if (clock.mono() > end) throw new Error(`not healthy: ${JSON.stringify(health)}`);
        await clock.sleep(25);
      }
    };

    it("start, become ready and say which model they serve", async () => {
      const running = await start("good");
      await untilHealthy(running);
      const { pipeline, modelId } = subject.specOf("good");
      expect(await askIdentity(running, { net, clock }, signal)).toEqual({ pipeline, modelId, version: "0.14.1" });
      expect(await subject.count()).toBe(1);
    });

    it("answer only to who has the token, which is another one at each start", async () => {
      const first = await start("good");
      await untilHealthy(first);
      expect(first.token).toBeTruthy();
      expect(await askHealth({ ...first, token: "guessed" }, { net, clock }, signal)).toMatchObject({
        status: "refused",
      });
      expect(await askHealth({ ...first, token: undefined }, { net, clock }, signal)).toMatchObject({
        status: "refused",
      });
      if (!subject.isOwner) return;
      await first.stop();
      expect((await start("good")).token).not.toBe(first.token);
    });

    it("leave nothing when they are stopped, twice or more", async () => {
      const running = await start("good");
      await untilHealthy(running);
      await Promise.all([running.stop(), running.stop()]);
      await running.stop();
      expect(await subject.count()).toBe(subject.isOwner ? 0 : 1);
      const after = await askHealth(running, { net, clock }, signal);
      expect(after.status).toBe(subject.isOwner ? "silent" : "OK");
      expect(await running.ended).toBeTruthy();
    });

    it("are seen when they end by themselves", async () => {
      if (!subject.isOwner) return;
      const running = await start("good");
      await untilHealthy(running);
      await subject.crash(running);
      expect(await running.ended).toMatch(/has ended/);
    });

    it("are ended also when they ignore SIGTERM", async () => {
      if (!subject.isOwner) return;
      const running = await start("stubborn");
      await untilHealthy(running);
      await running.stop();
      expect(await subject.count()).toBe(0);
      expect((await askHealth(running, { net, clock }, signal)).status).toBe("silent");
    });

    it("are ended at the next start of a node that died", async () => {
      if (!subject.isOwner) {
        expect(await subject.again().removeOrphans(signal)).toBe(0);
        return;
      }
      const running = await start("good");
      await untilHealthy(running);
      expect(await subject.again().removeOrphans(signal)).toBe(1);
      expect(await subject.count()).toBe(0);
      expect((await askHealth(running, { net, clock }, signal)).status).toBe("silent");
      expect(await subject.again().removeOrphans(signal)).toBe(0);
    });

    it("say why they do not come up", async () => {
      if (!subject.isOwner) return;
      const running = await start("broken");
      expect(await running.ended).toMatch(/has ended with code 3.*no such weights/s);
    });
  });
}
