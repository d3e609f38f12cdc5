const key = "livepeer.theme";

export type Theme = "light" | "dark";

/** The theme in force: the stored choice, else the system's. */
export function currentTheme(): Theme {
  const stored = localStorage.getItem(key);
  if (stored === "light" || stored === "dark") return stored;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Applies the theme, and follows the system while nothing was chosen. */
export function startTheme(): void {
  const apply = () => {
    document.documentElement.dataset["theme"] = currentTheme();
  };
  apply();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
}

/** Switches between light and dark and remembers it. */
export function toggleTheme(): Theme {
  const next: Theme = currentTheme() === "dark" ? "light" : "dark";
  localStorage.setItem(key, next);
  document.documentElement.dataset["theme"] = next;
  return next;
}
