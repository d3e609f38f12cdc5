import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Served below `/console/`; fonts and the icon are the network page's, at the root. */
export default defineConfig({
  base: "/console/",
  plugins: [react()],
  publicDir: false,
  build: { target: "es2023", outDir: "dist", assetsInlineLimit: 0, sourcemap: false },
});
