import react from "@vitejs/plugin-react"
import { defineConfig, loadEnv } from "vite"
import { VitePWA } from "vite-plugin-pwa"
import { PWA } from "./pwa.ts"

export default defineConfig(({ mode }) => {
  // Where /api is while developing: a running stack's app.
  const { PARLEY_DEV_API: api = "http://127.0.0.1:8080" } = loadEnv(mode, ".", "PARLEY_")
  return {
    plugins: [react(), VitePWA(PWA)],
    server: { proxy: { "/api": { target: api } } },
    build: {
      outDir: "../dist",
      emptyOutDir: true,
      // A strict Content-Security-Policy lets no data: script or style in; small files are cheap enough on their own.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  }
})
