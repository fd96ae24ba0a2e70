/** The app as something to install: its manifest, and the service worker that is made with it. */
import type { VitePWAOptions } from "vite-plugin-pwa"

export const PWA: Partial<VitePWAOptions> = {
  strategies: "injectManifest",
  srcDir: "src",
  filename: "sw.ts",
  // The page registers it itself: the policy forbids scripts within the page.
  injectRegister: false,
  includeManifestIcons: false,
  injectManifest: {
    rollupFormat: "iife",
    // The page itself is kept by the worker, together with its headers; names of assets change with their content.
    globPatterns: ["assets/*.{js,css}", "icons/*.{png,svg}"],
    dontCacheBustURLsMatching: /^assets\//,
  },
  manifest: {
    id: "/",
    name: "Parley",
    short_name: "Parley",
    description: "Chat for two without an account, and for all with one.",
    start_url: "/",
    scope: "/",
    display: "standalone",
    categories: ["communication", "social"],
    theme_color: "#3b5bdb",
    background_color: "#f4f5f8",
    icons: [
      { src: "/icons/192.png", sizes: "192x192", type: "image/png" },
      { src: "/icons/512.png", sizes: "512x512", type: "image/png" },
      { src: "/icons/maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
      { src: "/icons/icon.svg", sizes: "any", type: "image/svg+xml" },
    ],
  },
}
