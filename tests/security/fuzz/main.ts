// `npm run fuzz:protocol -- --inputs N --seed S [--target NAME] [--only INPUT]`: spoiled messages against every listener.
import { parseArgs } from "node:util";
import { fuzz, fuzzTargets } from "./protocol-fuzz.ts";

const { values } = parseArgs({
  options: {
    inputs: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    target: { type: "string" },
    only: { type: "string" },
  },
});
const whole = (name: "inputs" | "seed" | "only"): number => {
  const number = Number(values[name]);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  console.error(`--${name} wants a whole number, not "${values[name]}"`);
  process.exit(2);
};
const chosen = fuzzTargets.filter(({ name }) => values.target === undefined || name === values.target);
if (chosen.length === 0) {
  console.error(`--target wants one of: ${fuzzTargets.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}
const [inputs, seed] = [whole("inputs"), whole("seed")];
const only = values.only === undefined ? undefined : whole("only");
console.log(`protocol fuzz seed=${seed} inputs=${inputs}`);
const weights = chosen.reduce((sum, { weight }) => sum + weight, 0);
let defects = 0;
for (const target of chosen) {
  const outcome = await fuzz(target, Math.round((inputs * target.weight) / weights), seed, only);
  console.log(
    `${target.name}: ${outcome.inputs} inputs ${JSON.stringify(outcome.answers)}, ${outcome.grownBytes} bytes more`,
  );
  for (const defect of outcome.defects) console.log(`  DEFECT ${defect}`);
  defects += outcome.defects.length;
}
console.log(defects === 0 ? "no defects" : `${defects} defects`);
process.exit(defects === 0 ? 0 : 1);
