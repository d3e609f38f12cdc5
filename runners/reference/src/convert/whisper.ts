import { ModelError } from "../model-error.ts";
import { type Constant, floats, longs, OnnxModel } from "../onnx/onnx-model.ts";
import { readCt2File } from "./ct2-file.ts";
import { melFilters } from "./mel-filters.ts";

/** Sizes of Whisper tiny. */
const width = 384;
const heads = 6;
const headWidth = 64;
const layers = 4;
const tokens = 51_864;
const samples = 480_000;
const frames = 3000;
const positions = 1500;
const window = 400;
const hop = 160;
const bins = 201;
const bands = 80;

/** Heads of the decoder, as [layer, head], whose attention follows the sound; from the model's own configuration. */
const followers: readonly (readonly [number, number])[] = [
  [1, 0],
  [2, 0],
  [2, 5],
  [3, 0],
  [3, 1],
  [3, 2],
  [3, 3],
  [3, 4],
];

/** Whisper tiny from a CTranslate2 file as two ONNX models: the encoder, and the decoder for one token at a time. */
export function convertWhisper(file: string): { readonly encoder: Uint8Array; readonly decoder: Uint8Array } {
  const variables = readCt2File(file);
  return {
    encoder: new WhisperGraph("encoder", variables).encoder(),
    decoder: new WhisperGraph("decoder", variables).decoder(),
  };
}

class WhisperGraph {
  readonly #onnx: OnnxModel;
  readonly #variables: ReadonlyMap<string, Constant>;

  constructor(name: string, variables: ReadonlyMap<string, Constant>) {
    this.#onnx = new OnnxModel(name);
    this.#variables = variables;
  }

  /** Input `pcm` float32 [1, 480000] at 16 kHz; outputs keys and values of each decoder layer, `key_0` [1,6,64,1500], `value_0` [1,6,1500,64]. */
  encoder(): Uint8Array {
    const onnx = this.#onnx;
    const mel = this.#mel(onnx.input("pcm", "float32", [1, samples]));
    const narrow = this.#gelu(this.#conv("encoder/conv1", mel, 1));
    const halved = this.#gelu(this.#conv("encoder/conv2", narrow, 2));
    let hidden = onnx.op("Transpose", [halved], { perm: [0, 2, 1] });
    hidden = onnx.op("Add", [hidden, this.#weight("encoder/position_encodings/encodings")]);
    for (let layer = 0; layer < layers; layer++) {
      const name = `encoder/layer_${layer}`;
      const plain = this.#norm(`${name}/self_attention`, hidden);
      const [query, key, value] = this.#parts(this.#linear(`${name}/self_attention/linear_0`, plain), 3);
      const found = this.#attention(this.#split(query), this.#split(key, true), this.#split(value)).found;
      hidden = onnx.op("Add", [hidden, this.#linear(`${name}/self_attention/linear_1`, found)]);
      hidden = this.#feedForward(name, hidden);
    }
    hidden = this.#norm("encoder", hidden);
    for (let layer = 0; layer < layers; layer++) {
      const [key, value] = this.#parts(this.#linear(`decoder/layer_${layer}/attention/linear_1`, hidden), 2);
      onnx.output(`key_${layer}`, this.#split(key, true), "float32", [1, heads, headWidth, positions]);
      onnx.output(`value_${layer}`, this.#split(value), "float32", [1, heads, positions, headWidth]);
    }
    return onnx.bytes();
  }

  /**
   * Inputs `token` int64 [1,1], `position` int64 [1], the encoder's outputs, and for each layer what earlier tokens left:
   * `past_key_0` [1,6,64,n], `past_value_0` [1,6,n,64]. Outputs `logits` [1,1,51864], `present_key_0`, `present_value_0`,
   * and `attention` [8,1500]: where in the sound the heads that follow it look.
   */
  decoder(): Uint8Array {
    const onnx = this.#onnx;
    const token = onnx.input("token", "int64", [1, 1]);
    const position = onnx.input("position", "int64", [1]);
    const embeddings = this.#weight("decoder/embeddings/weight");
    const place = onnx.op("Gather", [this.#weight("decoder/position_encodings/encodings"), position], { axis: 0 });
    let hidden = onnx.op("Add", [onnx.op("Gather", [embeddings, token], { axis: 0 }), place]);
    const looks: string[] = [];
    for (let layer = 0; layer < layers; layer++) {
      const name = `decoder/layer_${layer}`;
      const pastKey = onnx.input(`past_key_${layer}`, "float32", [1, heads, headWidth, "past"]);
      const pastValue = onnx.input(`past_value_${layer}`, "float32", [1, heads, "past", headWidth]);
      const crossKey = onnx.input(`key_${layer}`, "float32", [1, heads, headWidth, positions]);
      const crossValue = onnx.input(`value_${layer}`, "float32", [1, heads, positions, headWidth]);
      const plain = this.#norm(`${name}/self_attention`, hidden);
      const [query, newKey, newValue] = this.#parts(this.#linear(`${name}/self_attention/linear_0`, plain), 3);
      const key = onnx.op("Concat", [pastKey, this.#split(newKey, true)], { axis: 3 });
      const value = onnx.op("Concat", [pastValue, this.#split(newValue)], { axis: 2 });
      onnx.output(`present_key_${layer}`, key, "float32", [1, heads, headWidth, "present"]);
      onnx.output(`present_value_${layer}`, value, "float32", [1, heads, "present", headWidth]);
      const own = this.#attention(this.#split(query), key, value).found;
      hidden = onnx.op("Add", [hidden, this.#linear(`${name}/self_attention/linear_1`, own)]);
      const asked = this.#linear(`${name}/attention/linear_0`, this.#norm(`${name}/attention`, hidden));
      const { found, shares } = this.#attention(this.#split(asked), crossKey, crossValue);
      hidden = onnx.op("Add", [hidden, this.#linear(`${name}/attention/linear_2`, found)]);
      hidden = this.#feedForward(name, hidden);
      const mine = followers.filter(([at]) => at === layer).map(([, head]) => head);
      if (mine.length > 0) looks.push(onnx.op("Gather", [shares, onnx.constant(longs(mine))], { axis: 1 }));
    }
    const last = this.#norm("decoder", hidden);
    const logits = onnx.op("MatMul", [last, onnx.op("Transpose", [embeddings], { perm: [1, 0] })]);
    onnx.output("logits", logits, "float32", [1, 1, tokens]);
    const attention = onnx.op("Reshape", [
      onnx.op("Concat", looks, { axis: 1 }),
      onnx.constant(longs([followers.length, positions])),
    ]);
    onnx.output("attention", attention, "float32", [followers.length, positions]);
    return onnx.bytes();
  }

  /** Loudness of 80 bands in 3000 frames, [1,80,3000], scaled as the model learned it. */
  #mel(pcm: string): string {
    const onnx = this.#onnx;
    const wave = new Float32Array(2 * bins * window);
    for (let bin = 0; bin < bins; bin++) {
      for (let at = 0; at < window; at++) {
        const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / window);
        const angle = (2 * Math.PI * bin * at) / window;
        wave[bin * window + at] = hann * Math.cos(angle);
        wave[(bins + bin) * window + at] = hann * Math.sin(angle);
      }
    }
    const scalar = (value: number) => onnx.constant(floats([value], []));
    const reflected = onnx.op("Pad", [pcm, onnx.constant(longs([0, window / 2, 0, window / 2]))], { mode: "reflect" });
    const line = onnx.op("Unsqueeze", [reflected, onnx.constant(longs([1]))]);
    const spectrum = onnx.op("Conv", [line, onnx.constant(floats(wave, [2 * bins, 1, window]))], {
      kernel_shape: [window],
      strides: [hop],
    });
    const kept = onnx.op("Slice", [
      spectrum,
      onnx.constant(longs([0])),
      onnx.constant(longs([frames])),
      onnx.constant(longs([2])),
    ]);
    const [real, imaginary] = this.#parts(onnx.op("Mul", [kept, kept]), 2, 1);
    const filters = onnx.constant(floats(melFilters(bands, bins, 8000), [bands, bins]));
    const power = onnx.op("MatMul", [filters, onnx.op("Add", [real as string, imaginary as string])]);
    const log = onnx.op("Log", [onnx.op("Max", [power, scalar(1e-10)])]);
    const decades = onnx.op("Mul", [log, scalar(1 / Math.LN10)]);
    const loudest = onnx.op("ReduceMax", [decades], { axes: [1, 2], keepdims: 1 });
    const floored = onnx.op("Max", [decades, onnx.op("Sub", [loudest, scalar(8)])]);
    return onnx.op("Mul", [onnx.op("Add", [floored, scalar(4)]), scalar(0.25)]);
  }

  /** A variable as float32, stored as it is. */
  #weight(name: string): string {
    return this.#stored(this.#variable(name));
  }

  #variable(name: string): Constant {
    const found = this.#variables.get(name);
    if (found === undefined) throw new ModelError(`the model file has no variable ${name}`);
    return found;
  }

  #stored(constant: Constant): string {
    const name = this.#onnx.constant(constant);
    return constant.type === "float32" ? name : this.#onnx.op("Cast", [name], { to: 1 });
  }

  #linear(name: string, value: string): string {
    const product = this.#onnx.op("MatMul", [value, this.#stored(turned(this.#variable(`${name}/weight`)))]);
    return this.#onnx.op("Add", [product, this.#weight(`${name}/bias`)]);
  }

  #conv(name: string, value: string, stride: number): string {
    return this.#onnx.op("Conv", [value, this.#weight(`${name}/weight`), this.#weight(`${name}/bias`)], {
      kernel_shape: [3],
      pads: [1, 1],
      strides: [stride],
    });
  }

  #norm(name: string, value: string): string {
    const [gamma, beta] = ["gamma", "beta"].map((part) => this.#weight(`${name}/layer_norm/${part}`));
    return this.#onnx.op("LayerNormalization", [value, gamma as string, beta as string], {
      axis: -1,
      epsilon: { float: 1e-5 },
    });
  }

  #gelu(value: string): string {
    const onnx = this.#onnx;
    const scalar = (number: number) => onnx.constant(floats([number], []));
    const share = onnx.op("Add", [onnx.op("Erf", [onnx.op("Mul", [value, scalar(Math.SQRT1_2)])]), scalar(1)]);
    return onnx.op("Mul", [onnx.op("Mul", [value, share]), scalar(0.5)]);
  }

  #feedForward(name: string, value: string): string {
    const inner = this.#gelu(this.#linear(`${name}/ffn/linear_0`, this.#norm(`${name}/ffn`, value)));
    return this.#onnx.op("Add", [value, this.#linear(`${name}/ffn/linear_1`, inner)]);
  }

  #parts(value: string, count: number, axis = -1): string[] {
    const names = Array.from({ length: count }, (_, index) => `${value}_part${index}`);
    this.#onnx.node("Split", [value], { axis }, names);
    return names;
  }

  /** [1,n,384] to [1,6,n,64], or [1,6,64,n] for keys. */
  #split(value: string | undefined, isKey = false): string {
    const shape = this.#onnx.constant(longs([1, -1, heads, headWidth]));
    const apart = this.#onnx.op("Reshape", [value as string, shape]);
    return this.#onnx.op("Transpose", [apart], { perm: isKey ? [0, 2, 3, 1] : [0, 2, 1, 3] });
  }

  #attention(query: string, key: string, value: string): { readonly found: string; readonly shares: string } {
    const onnx = this.#onnx;
    const scores = onnx.op("Mul", [onnx.op("MatMul", [query, key]), onnx.constant(floats([headWidth ** -0.5], []))]);
    const shares = onnx.op("Softmax", [scores], { axis: -1 });
    const mixed = onnx.op("Transpose", [onnx.op("MatMul", [shares, value])], { perm: [0, 2, 1, 3] });
    return { found: onnx.op("Reshape", [mixed, onnx.constant(longs([1, -1, width]))]), shares };
  }
}

/** A matrix of two-byte or four-byte numbers with rows and columns exchanged. */
function turned({ type, dims, bytes }: Constant): Constant {
  const [rows = 0, columns = 0] = dims;
  const view = type === "float16" ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer);
  const other = type === "float16" ? new Uint16Array(view.length) : new Uint32Array(view.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      other[column * rows + row] = view[row * columns + column] as number;
    }
  }
  return { type, dims: [columns, rows], bytes: new Uint8Array(other.buffer) };
}
