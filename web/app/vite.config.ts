import react from "@vitejs/plugin-react"
import { defineConfig } from "vite"

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../dist",
    emptyOutDir: true,
    // A strict Content-Security-Policy lets no data: script or style in; small files are cheap enough on their own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
