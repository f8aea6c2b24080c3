import { defineConfig } from "vite";

import { sizeLimit } from "./size.js";

export default defineConfig({
  // Chunks are found next to the module, on whatever origin it is served from.
  base: "./",
  build: {
    target: ["chrome123", "firefox121", "safari17.5"],
    lib: { entry: "src/afspraken-widget.ts", formats: ["es"] },
    rolldownOptions: {
      // Nothing imports the entry: under another query it would be a second widget.
      preserveEntrySignatures: "strict",
      output: {
        entryFileNames: "afspraken-widget.js",
        chunkFileNames: "assets/[name]-[hash].js",
        minify: true,
      },
    },
  },
  plugins: [sizeLimit(15_000)],
});
