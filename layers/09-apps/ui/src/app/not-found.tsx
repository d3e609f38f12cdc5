import { useTranslation } from "react-i18next";

/** Any path that is no page. */
export function NotFound() {
  const { t } = useTranslation();
  return (
    <main id="main" className="lone">
      <h1>{t("notFound.title")}</h1>
      <p className="dim">{t("notFound.text")}</p>
      <a className="btn pri" href="/">
        {t("notFound.home")}
      </a>
    </main>
  );
}
