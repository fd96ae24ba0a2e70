// Puts `<file>.br` (Brotli, RFC 7932) and `<file>.gz` (gzip, RFC 1952) beside every built file that they make smaller: at
// their best they are too slow for a server.
import { readdir, readFile, writeFile } from "node:fs/promises"
import { promisify } from "node:util"
import { brotliCompress, constants, gzip } from "node:zlib"

const BUILT = new URL("../../dist/", import.meta.url)
const COMPRESSIBLE = /\.(?:js|css|svg|json|webmanifest)$/

const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY }
const CODINGS = {
  br: (content) => promisify(brotliCompress)(content, { params }),
  gz: (content) => promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }),
}

async function beside(name) {
  const content = await readFile(new URL(name, BUILT))
  for (const [suffix, encode] of Object.entries(CODINGS)) {
    const shorter = await encode(content)
    if (shorter.length < content.length) await writeFile(new URL(`${name}.${suffix}`, BUILT), shorter)
  }
}

const built = await readdir(BUILT, { recursive: true })
await Promise.all(built.filter((name) => COMPRESSIBLE.test(name)).map(beside))
