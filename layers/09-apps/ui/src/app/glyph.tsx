/** Five bars derived from an id: the same face for the same id everywhere. */
export function Glyph({ id }: { id: string }) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193) >>> 0;
  const bars = Array.from({ length: 5 }, (_, i) => ({ x: i * 4.6, height: 3 + ((hash >>> (i * 5)) & 15) * 0.87 }));
  return (
    <svg className="glyph" viewBox="0 0 22 16" aria-hidden="true">
      {bars.map((bar) => (
        <rect key={bar.x} x={bar.x} y={16 - bar.height} width="3" height={bar.height} rx=".6" fill="currentColor" />
      ))}
    </svg>
  );
}
