import { startTheme, startTranslations } from "@livepeer-ts/ui";
import { createRoot } from "react-dom/client";
import { App } from "./app/app.tsx";
import en from "./i18n/en.json" with { type: "json" };
import zh from "./i18n/zh.json" with { type: "json" };
import "@livepeer-ts/ui/tokens.css";
import "@livepeer-ts/ui/base.css";
import "./app/console.css";

startTheme();
await startTranslations({ en, zh });
const root = document.getElementById("app");
if (root !== null) createRoot(root).render(<App />);
