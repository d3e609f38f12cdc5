import { useTranslation } from "react-i18next";
import type { Setting } from "./comparison.ts";

/** Settings in a line. */
export function Settings({ settings }: { settings: readonly Setting[] }) {
  const { t } = useTranslation();
  if (settings.length === 0) return null;
  return (
    <ul className="settings">
      {settings.map(({ name, value }) => (
        <li key={name} className="trunc">
          <span className="faint">{t(`fields.${name}`)}</span> {value === "" ? "–" : value}
        </li>
      ))}
    </ul>
  );
}
