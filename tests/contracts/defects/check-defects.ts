import { DefectTree, type TestOutcomes } from "./defect-tree.ts";
import type { Defect } from "./defects.ts";

/** What is wrong with the tests or with a defect itself, in sentences; empty when every defect was noticed. */
export async function checkDefects(
  defects: readonly Defect[],
  onDone: (defect: Defect, complaints: readonly string[]) => void = () => {},
): Promise<string[]> {
  const tree = await DefectTree.copy(new Set(defects.map(testFile)));
  try {
    const names = new Set(defects.flatMap(testNames));
    const sound = await tree.test(new Set(defects.map(testFile)), names);
    const complaints = [...names]
      .filter((name) => !passed(sound, name))
      .map((name) => `${name} does not pass without a defect: ${sound.get(name) ?? "it does not exist"}`);
    if (complaints.length > 0) return complaints;
    await tree.keepBuild();
    for (const defect of defects) {
      const outcomes = await tree.changed(`contracts/${defect.contract}`, defect.find, defect.replace, () =>
        tree.test([testFile(defect)], testNames(defect)),
      );
      const found = complaintsAbout(defect, outcomes);
      onDone(defect, found);
      complaints.push(...found);
    }
    return complaints;
  } finally {
    await tree.remove();
  }
}

/** What is wrong with how the named tests took a defect. */
export function complaintsAbout(defect: Defect, outcomes: TestOutcomes): string[] {
  const complaints: string[] = [];
  const reason = outcomes.get(defect.mustFail);
  if (reason === undefined) complaints.push(`${defect.name}: ${defect.mustFail} does not notice it`);
  else if (!defect.reason.test(reason)) {
    complaints.push(`${defect.name}: ${defect.mustFail} fails for another reason than ${defect.reason}: ${reason}`);
  }
  for (const name of defect.mustPass) {
    if (!passed(outcomes, name)) complaints.push(`${defect.name}: ${name} fails too: ${outcomes.get(name)}`);
  }
  return complaints;
}

function passed(outcomes: TestOutcomes, name: string): boolean {
  return outcomes.has(name) && outcomes.get(name) === undefined;
}

function testFile(defect: Defect): string {
  return `tests/contracts/${defect.tests}`;
}

function testNames(defect: Defect): string[] {
  return [defect.mustFail, ...defect.mustPass];
}
