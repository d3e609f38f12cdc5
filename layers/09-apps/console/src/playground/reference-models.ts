/** Models of the reference runner: small ones that run on any processor, and are no measure of what a pipeline can do. */
export const referenceModels: ReadonlySet<string> = new Set([
  "SmolLM2-135M-Instruct",
  "piper/en_US-joe-medium",
  "whisper-tiny.en",
  "classic/describe",
  "esrgan-medium-x4",
  "classic/grabcut",
  "tiny/emoji-flow-48",
]);
