import { CopyButton, formatClock } from "@livepeer-ts/ui";
import { useTranslation } from "react-i18next";

type Chunk = { readonly timestamp: readonly (number | null)[]; readonly text: string };

/** What was said, and when. */
export function Transcript({ value }: { value: Readonly<Record<string, unknown>> }) {
  const { t } = useTranslation();
  const text = String(value["text"] ?? "");
  const chunks = (value["chunks"] ?? []) as readonly Chunk[];
  return (
    <div className="said">
      <p className="text" data-result="text">
        {text}
      </p>
      {chunks.length === 0 ? null : (
        <ol className="chunks" aria-label={t("result.times")}>
          {chunks.map(({ timestamp: [from, to], text: part }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place in the text
            <li key={index}>
              <span className="num faint">
                {at(from)} – {at(to)}
              </span>
              <span>{part}</span>
            </li>
          ))}
        </ol>
      )}
      <CopyButton text={text} label={t("result.title")} />
    </div>
  );
}

/** 0:01.4; a part whose end is not known has none. */
function at(seconds: number | null | undefined): string {
  if (typeof seconds !== "number") return "–";
  return `${formatClock(seconds * 1000)}.${Math.floor((seconds * 10) % 10)}`;
}
