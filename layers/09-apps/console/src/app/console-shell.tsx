import { TopBar } from "@livepeer-ts/ui";
import { Link, Outlet } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

const icons = {
  playground:
    "M3 13L10 6M9 3l.7 1.8L11.5 5.5l-1.8.7L9 8l-.7-1.8L6.5 5.5l1.8-.7zM13 9l.4 1.1L14.5 10.5l-1.1.4L13 12l-.4-1.1-1.1-.4 1.1-.4z",
  capabilities: "M5 5h6v6H5zM6.5 2.5V5M9.5 2.5V5M6.5 11v2.5M9.5 11v2.5M2.5 6.5H5M2.5 9.5H5M11 6.5h2.5M11 9.5h2.5",
} as const;

function Icon({ name }: { name: keyof typeof icons }) {
  return (
    <svg className="ic" viewBox="0 0 16 16" aria-hidden="true">
      <path d={icons[name]} />
    </svg>
  );
}

/** The bar, the console's areas (below on a phone), and the page. */
export function ConsoleShell() {
  const { t } = useTranslation();
  return (
    <>
      <TopBar area="console" />
      <div className="app">
        <nav className="side" aria-label={t("nav.label")}>
          <Link to="/playground" activeProps={{ "aria-current": "page" }}>
            <Icon name="playground" />
            <span>{t("nav.playground")}</span>
          </Link>
          <Link to="/capabilities" activeProps={{ "aria-current": "page" }}>
            <Icon name="capabilities" />
            <span>{t("nav.capabilities")}</span>
          </Link>
        </nav>
        <Outlet />
      </div>
    </>
  );
}
