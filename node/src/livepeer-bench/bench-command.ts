import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseGoFlags } from "../flags/go-flags.ts";
import { flagsText } from "../flags/help-text.ts";
import { versionText } from "../flags/version-text.ts";
import { createProcessPorts } from "../process-ports.ts";
import { openLocalTranscoder } from "../roles/local-transcoder.ts";
import { readSmallFile } from "../roles/read-small-file.ts";
import { benchFlags, checkBenchFlags } from "./bench-flags.ts";
import { type BenchMeasure, BenchSessions } from "./bench-sessions.ts";
import { csvHeader, csvLine, resultText, settingsText } from "./bench-tables.ts";
import { readPlaylistSegments } from "./playlist-segments.ts";

const intro = `livepeer_bench -in <playlist> [flags]

How many streams this machine transcodes: one line of CSV for each segment on the output, tables beside it. A duration
ratio of 1 or less is real time; operators stay at 0.8 and raise -concurrentSessions until they are there.

`;

/** `livepeer_bench`. */
export async function benchCommand(args: readonly string[]): Promise<void> {
  const flags = parseGoFlags(benchFlags, { args, env: {}, readFile: readSmallFile }, []);
  if (flags.bool("help") || flags.bool("version")) {
    process.stdout.write(flags.bool("help") ? intro + flagsText(benchFlags) : versionText());
    return;
  }
  const config = checkBenchFlags(flags);
  const segments = await readPlaylistSegments(config.playlist, config.segments);
  const ports = createProcessPorts("bench", { level: config.logLevel, format: "text" });
  const folder = await mkdtemp(join(tmpdir(), "livepeer-bench-"));
  try {
    const { backend, engine } = await openLocalTranscoder(config.local, folder, ports);
    process.stderr.write(settingsText(config, segments.length, engine));
    process.stdout.write(csvHeader);
    const measures: BenchMeasure[] = [];
    try {
      await new BenchSessions(config, segments, backend, ports).run((measure) => {
        measures.push(measure);
        process.stdout.write(csvLine(measure));
      });
    } finally {
      await backend.close();
    }
    process.stderr.write(resultText(config, measures));
  } finally {
    await ports.tasks.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
