import { histogram, type MetricSpec, shortTimeBuckets } from "@livepeer-ts/kernel";

/** What a transcoding machine counts. */
export const mediaMetrics: readonly MetricSpec[] = [
  histogram(
    "livepeer_transcoder_queue_seconds",
    "seconds",
    "How long segments waited on this machine before their transcoding began",
    shortTimeBuckets,
  ),
  histogram(
    "livepeer_transcoder_engine_seconds",
    "seconds",
    "How long the transcoding engine worked on a segment",
    shortTimeBuckets,
  ),
];
