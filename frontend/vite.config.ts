import { defineConfig } from "vitest/config";

// The bundle is committed, so its names are fixed and two builds of one source are byte-identical.
// The targets are the first browsers with light-dark(); older ones would make the CSS be rewritten.
export default defineConfig({
  build: {
    outDir: "../monitor/static/monitor",
    emptyOutDir: false,
    target: ["chrome125", "edge125", "firefox128", "safari17.5"],
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    reportCompressedSize: true,
    rolldownOptions: {
      input: "src/main.tsx",
      output: { entryFileNames: "app.js", assetFileNames: "app[extname]", codeSplitting: false },
    },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node", css: { include: /tokens\.css/ } },
});
