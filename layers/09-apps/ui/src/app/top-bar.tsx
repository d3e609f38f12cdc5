import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { nextLanguage, setLanguage } from "../i18n/translations.ts";
import { toggleTheme } from "./theme.ts";

export type Area = "network" | "console";

/** Mark, areas, connection state, language and theme; the same on every page with chrome. */
export function TopBar({ area, state }: { area: Area; state?: ReactNode }) {
  const { t, i18n } = useTranslation();
  const other = nextLanguage(i18n.language);
  return (
    <>
      <a className="skip" href="#main">
        {t("app.skip")}
      </a>
      <header className="top">
        <a className="brand" href="/" aria-label="livepeer-ts">
          <Mark />
          <span>
            livepeer<i>-ts</i>
          </span>
        </a>
        <nav className="areas" aria-label={t("app.areas")}>
          <a href="/" aria-current={area === "network" ? "page" : undefined}>
            {t("app.network")}
          </a>
          <a href="/console/" aria-current={area === "console" ? "page" : undefined}>
            {t("app.console")}
          </a>
        </nav>
        <div className="tools">
          {state}
          <button
            type="button"
            className="btn ghost"
            onClick={() => setLanguage(other)}
            lang={other === "zh" ? "zh" : "en"}
          >
            {other === "zh" ? "中文" : "English"}
          </button>
          <button type="button" className="btn ghost" aria-label={t("app.theme")} onClick={() => toggleTheme()}>
            <svg className="ic" viewBox="0 0 16 16" aria-hidden="true">
              <circle cx="8" cy="8" r="6" />
              <path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" />
            </svg>
          </button>
        </div>
      </header>
    </>
  );
}

function Mark() {
  return (
    <svg viewBox="0 0 26 18" aria-hidden="true">
      <rect y="8" width="4" height="10" rx=".8" fill="currentColor" />
      <rect x="6" y="3" width="4" height="15" rx=".8" fill="currentColor" />
      <rect x="12" width="4" height="18" rx=".8" fill="currentColor" />
      <path d="M22 10l4 4-4 4-4-4z" fill="var(--money-fill)" />
    </svg>
  );
}
