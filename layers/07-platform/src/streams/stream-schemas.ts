import { z } from "@hono/zod-openapi";

const profile = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .max(500)
      .regex(/^[^/\\\0]+$/, "must not contain slashes")
      .refine((name) => name !== "source", 'profile cannot be named "source"'),
    width: z.number().int().min(128).max(7680),
    height: z.number().int().min(128).max(4320),
    bitrate: z.number().int().min(400).max(500_000_000),
    fps: z.number().int().min(0).max(1000),
    fpsDen: z.number().int().min(1).max(1001).optional(),
    quality: z.number().int().min(0).max(44).optional(),
    gop: z
      .string()
      .regex(/^(intra|\d{1,4}(\.\d{1,3})?)$/, 'must be "intra" or seconds')
      .optional(),
    profile: z.enum(["H264Baseline", "H264Main", "H264High", "H264ConstrainedHigh"]).optional(),
    encoder: z.literal("H.264").optional(),
  })
  .openapi("ffmpeg-profile");

const maxProfiles = 12;
const profiles = z.array(profile).max(maxProfiles);

const creatorId = z.union([
  z.string().max(500),
  z.strictObject({ type: z.literal("unverified"), value: z.string().max(500) }),
]);

const userTag = z.union([z.string(), z.number()]);
const userTags = z
  .record(z.string(), z.union([userTag, z.array(userTag)]))
  .refine((tags) => JSON.stringify(tags).length <= 2048, "must be at most 2048 characters of JSON");

const name = z.string().min(1).max(1000);

/** Fields of the original that this platform knows but does not offer yet: taken only when they ask for nothing. */
const unofferedFields = {
  record: z.boolean().optional(),
  recordingSpec: z.unknown().optional(),
  multistream: z.unknown().optional(),
  playbackPolicy: z.unknown().optional(),
  pull: z.unknown().optional(),
};

/** Body of `POST /stream`. */
export const newStreamSchema = z
  .strictObject({
    name,
    creatorId: creatorId.optional(),
    profiles: profiles.nullish(),
    userTags: userTags.optional(),
    ...unofferedFields,
  })
  .openapi("new-stream-payload");

/** Body of `PATCH /stream/:id`. */
export const patchStreamSchema = z
  .strictObject({
    name: name.optional(),
    creatorId: creatorId.optional(),
    profiles: profiles.nullish(),
    userTags: userTags.optional(),
    suspended: z.boolean().optional(),
    ...unofferedFields,
  })
  .openapi("stream-patch-payload");

/** A stream as the API answers it. */
export const streamSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: z.literal("stream"),
    userId: z.string(),
    creatorId: z.object({ type: z.literal("unverified"), value: z.string() }).optional(),
    userTags: z.record(z.string(), z.unknown()).optional(),
    createdAt: z.number(),
    createdByTokenName: z.string().optional(),
    lastSeen: z.number(),
    isActive: z.boolean(),
    isHealthy: z.boolean().nullable(),
    issues: z.array(z.string()).nullable(),
    record: z.boolean(),
    suspended: z.boolean(),
    lastTerminatedAt: z.number().nullable(),
    streamKey: z.string(),
    playbackId: z.string(),
    profiles,
    sourceSegments: z.number(),
    transcodedSegments: z.number(),
    sourceSegmentsDuration: z.number(),
    transcodedSegmentsDuration: z.number(),
    sourceBytes: z.number(),
    transcodedBytes: z.number(),
    ingestRate: z.number(),
    outgoingRate: z.number(),
  })
  .openapi("stream");

export type NewStream = z.infer<typeof newStreamSchema>;
export type PatchStream = z.infer<typeof patchStreamSchema>;
export type StreamView = z.infer<typeof streamSchema>;

/** `{"errors":["…"]}` */
export const errorSchema = z.object({ errors: z.array(z.string()) }).openapi("error");
