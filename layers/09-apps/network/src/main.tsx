import { createRoot } from "react-dom/client";
import { App } from "./app/app.tsx";
import { startTheme } from "./app/theme.ts";
import { startTranslations } from "./i18n/translations.ts";
import "./styles/tokens.css";
import "./styles/base.css";

startTheme();
await startTranslations();
const root = document.getElementById("app");
if (root !== null) createRoot(root).render(<App />);
