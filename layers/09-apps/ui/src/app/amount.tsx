/** A figure with its unit dimmed. */
export function Amount({ text, unit }: { text: string; unit: string }) {
  return (
    <>
      {text}
      <span className="unit">{unit}</span>
    </>
  );
}
