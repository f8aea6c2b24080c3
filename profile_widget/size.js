import { gzipSync } from "node:zlib";

/**
 * Fails the build when what a page loads (the widget in one language) is over `limit` bytes of
 * gzip. Prints that, and what the booking flow adds once a citizen starts to book.
 */
export function sizeLimit(limit) {
  return {
    name: "size-limit",
    apply: "build",
    writeBundle(_options, bundle) {
      const chunks = Object.values(bundle);
      const size = (chunk) => gzipSync(chunk.code, { level: 9 }).length;
      const sum = (files) => [...files].reduce((total, file) => total + size(bundle[file]), 0);
      const needed = ({ fileName, imports }) =>
        new Set([fileName, ...imports.flatMap((file) => [...needed(bundle[file])])]);
      const largest = (folder) =>
        Math.max(...chunks.filter((chunk) => chunk.facadeModuleId?.includes(folder)).map(size));

      const page = needed(chunks.find((chunk) => chunk.isEntry));
      const flow = needed(chunks.find((chunk) => chunk.facadeModuleId?.endsWith("/flow.ts")));
      const loaded = sum(page) + largest("/src/catalogues/");
      const added = [...flow].filter((file) => !page.has(file));
      const later = sum(added) + largest("/src/booking/catalogues/");
      const text = `A page loads ${loaded} bytes of gzip, of at most ${limit}; booking adds ${later}.`;
      if (loaded > limit) this.error(text);
      console.log(text);
    },
  };
}
