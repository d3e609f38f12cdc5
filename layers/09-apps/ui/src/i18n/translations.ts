import i18next, { type Resource } from "i18next";
import { initReactI18next } from "react-i18next";
import en from "./en.json" with { type: "json" };
import zh from "./zh.json" with { type: "json" };

const key = "livepeer.language";

export type Language = "en" | "zh";

/** Texts of an app in both languages, beside those of the parts it shares with others. */
export type Dictionaries = { readonly [K in Language]: Readonly<Record<string, unknown>> };

/** The language to switch to from `current`. */
export function nextLanguage(current: string): Language {
  return current.startsWith("zh") ? "en" : "zh";
}

function startLanguage(): Language {
  const stored = localStorage.getItem(key);
  if (stored === "en" || stored === "zh") return stored;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** Switches the page's language and remembers it. */
export function setLanguage(language: Language): void {
  localStorage.setItem(key, language);
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  void i18next.changeLanguage(language);
}

/** Loads both dictionaries of an app; call once before the first render. */
export async function startTranslations(app: Dictionaries): Promise<void> {
  const language = startLanguage();
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: "en",
    resources: {
      en: { translation: { ...en, ...app.en } },
      zh: { translation: { ...zh, ...app.zh } },
    } as Resource,
    interpolation: { escapeValue: false },
  });
}
