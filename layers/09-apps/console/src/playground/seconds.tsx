import { formatMs } from "@livepeer-ts/ui";

/** A time with its unit dimmed. */
export function Seconds({ ms }: { ms: number }) {
  const { text, unit } = formatMs(ms);
  return (
    <span className="num">
      {text}
      <span className="unit">{unit}</span>
    </span>
  );
}
