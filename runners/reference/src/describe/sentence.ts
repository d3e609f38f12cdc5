import type { Seen } from "./detector.ts";

const numbers = [
  "no",
  "one",
  "two",
  "three",
  "four",
  "five",
  "six",
  "seven",
  "eight",
  "nine",
  "ten",
  "eleven",
  "twelve",
];
const irregular: Readonly<Record<string, string>> = {
  person: "people",
  bus: "buses",
  couch: "couches",
  bench: "benches",
  knife: "knives",
  mouse: "mice",
  sheep: "sheep",
  skis: "skis",
  toothbrush: "toothbrushes",
  "wine glass": "wine glasses",
};

/** One sentence about what was seen and which lines were read. */
export function sentence(seen: readonly Pick<Seen, "thing">[], written: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const { thing } of seen) counts.set(thing, (counts.get(thing) ?? 0) + 1);
  const phrases = [...counts].map(([thing, count]) =>
    count === 1 ? `${article(thing)} ${thing}` : `${numbers[count] ?? count} ${plural(thing)}`,
  );
  const text = written.join(" / ");
  if (phrases.length === 0) return text === "" ? "a picture in which nothing is recognized" : `the text "${text}"`;
  const list =
    phrases.length === 1 ? (phrases[0] as string) : `${phrases.slice(0, -1).join(", ")} and ${phrases.at(-1)}`;
  return text === "" ? list : `${list}, with the text "${text}"`;
}

function article(thing: string): string {
  return /^[aeiou]/.test(thing) ? "an" : "a";
}

function plural(thing: string): string {
  return irregular[thing] ?? thing.replace(/^pair of/, "pairs of").replace(/^(?!pairs of)(.*[^s])$/, "$1s");
}
