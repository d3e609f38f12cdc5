import { access, chmod, constants, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

// Takes the hardware's words out of a command line, puts the software's in their place and becomes the real ffmpeg.
const script = String.raw`#!/bin/sh
own=$(dirname "$0")
n=$#
encoders=0
device=
way=memory
read=0
while [ $n -gt 0 ]; do
  a=$1
  shift
  n=$((n - 1))
  case "$a" in
  -hwaccel | -hwaccel_device | -hwaccel_output_format | -init_hw_device | -filter_hw_device | -extra_hw_frames | -gpu | -rc | -rc_mode | -tier | -preset | -quality | -allow_sw | -realtime | -global_quality | -qp_i | -qp_p)
    case "$a $1" in
    "-hwaccel "*) way=device ;;
    "-gpu "*) device=$1 ;;
    "-init_hw_device "*:*) test -n "$device" || device=$(basename "$1") ;;
    "-preset "[a-z]*[a-z]) test $encoders -gt 0 || set -- "$@" "$a" "$1" ;;
    esac
    shift
    n=$((n - 1))
    ;;
  -i)
    read=1
    set -- "$@" "$a"
    ;;
  -forced_idr) set -- "$@" -forced-idr ;;
  -cq | -qp) set -- "$@" -crf ;;
  constrained_baseline) set -- "$@" baseline ;;
  constrained_high) set -- "$@" high ;;
  h264_nvenc | h264_vaapi | h264_qsv | h264_amf | h264_videotoolbox | hevc_nvenc | hevc_vaapi | hevc_qsv | hevc_amf | hevc_videotoolbox)
    if test $read = 0; then
      set -- "$@" "$(echo "$a" | cut -d_ -f1)"
    else
      if test -e "$own/without-$a"; then
        echo "Unknown encoder '$a'" >&2
        exit 1
      fi
      encoders=$((encoders + 1))
      case "$a" in
      h264*) set -- "$@" libx264 -preset ultrafast ;;
      *) set -- "$@" libx265 -preset ultrafast -x265-params log-level=error ;;
      esac
    fi
    ;;
  *scale_cuda=* | *scale_vaapi=* | *vpp_qsv=* | *hwupload*)
    set -- "$@" "$(echo "$a" | sed -e 's/\(scale_cuda\|scale_vaapi\|vpp_qsv\)=/scale=/g' -e 's/:format=nv12/,format=yuv420p/g' -e 's/,format=nv12,hwupload[^,;[]*\(,format=qsv\)\{0,1\}//g')"
    ;;
  *) set -- "$@" "$a" ;;
  esac
done
if [ $encoders -gt 0 ]; then
  echo "$device $way $encoders" >>"$own/calls"
  if test -e "$own/crash-$device"; then kill -KILL $$; fi
  if test -e "$own/broken-$device"; then
    echo "[h264_nvenc @ 0x1] No capable devices found" >&2
    exit 1
  fi
  if test $way = device && test -e "$own/without-decoder"; then
    echo "Impossible to convert between the formats supported by the filter" >&2
    exit 1
  fi
  if test -e "$own/limit" && test $encoders -gt "$(cat "$own/limit")"; then
    echo "[h264_nvenc @ 0x1] OpenEncodeSessionEx failed: out of memory (10)" >&2
    exit 1
  fi
fi
exec ffmpeg "$@"
`;

/** What a scripted device does instead of working. */
export type ScriptedFault =
  /** The process dies by a signal. */
  | `crash-${string}`
  /** The driver refuses the device. */
  | `broken-${string}`
  /** Frames cannot stay on a device. */
  | "without-decoder"
  /** The build lacks an encoder. */
  | `without-${string}_${string}`;

/** A program in ffmpeg's place that knows hardware's words and does the work in software. */
export type ScriptedFfmpeg = {
  readonly path: string;
  /** Device, `device` or `memory` for where it decodes, and number of encoders of each process since the last look. */
  readonly calls: () => Promise<string[]>;
  readonly set: (fault: ScriptedFault, isOn?: boolean) => Promise<void>;
  /** Encoders one process may have; undefined: any number. */
  readonly limit: (encoders: number | undefined) => Promise<void>;
};

/** Writes the program into `folder`, which is made. */
export async function scriptedHardwareFfmpeg(folder: string): Promise<ScriptedFfmpeg> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, "ffmpeg");
  await writeFile(path, script.replace("exec ffmpeg", `exec "${await realFfmpeg()}"`));
  await chmod(path, 0o755);
  const calls = join(folder, "calls");
  return {
    path,
    async calls() {
      const text = await readFile(calls, "utf8").catch(() => "");
      await rm(calls, { force: true });
      return text.split("\n").filter((line) => line !== "");
    },
    async set(fault, isOn = true) {
      if (isOn) await writeFile(join(folder, fault), "");
      else await rm(join(folder, fault), { force: true });
    },
    async limit(encoders) {
      if (encoders === undefined) await rm(join(folder, "limit"), { force: true });
      else await writeFile(join(folder, "limit"), String(encoders));
    },
  };
}

// Its own folder may stand first in the PATH of whoever runs it.
async function realFfmpeg(): Promise<string> {
  for (const folder of (process.env["PATH"] ?? "").split(":")) {
    const path = join(folder, "ffmpeg");
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return "/usr/bin/ffmpeg";
}
