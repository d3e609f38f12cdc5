import { useEffect, useState } from "react";

const travelMs = 900;

/** A line along which one dash travels per event. `pulses` grows by one per event; nothing moves without events. */
export function FlowLine({
  paths,
  pulses,
  narrow,
}: {
  paths: readonly { readonly key: string; readonly d: string }[];
  pulses: Readonly<Record<string, number>>;
  narrow?: boolean;
}) {
  return (
    <svg className={narrow ? "conn sm" : "conn"} viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
      {paths.map(({ key, d }) => (
        <path key={key} className="base" d={d} />
      ))}
      {paths.map(({ key, d }) => (
        <Pulses key={key} d={d} count={pulses[key] ?? 0} />
      ))}
    </svg>
  );
}

function Pulses({ d, count }: { d: string; count: number }) {
  const [live, setLive] = useState<readonly number[]>([]);
  useEffect(() => {
    if (count === 0) return;
    setLive((before) => [...before.slice(-3), count]);
    const timer = setTimeout(() => setLive((before) => before.filter((item) => item !== count)), travelMs + 50);
    return () => clearTimeout(timer);
  }, [count]);
  return live.map((id) => <path key={id} className="pulse" d={d} pathLength={1} />);
}
