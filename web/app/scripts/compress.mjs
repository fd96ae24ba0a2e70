// Puts `<file>.br` beside every built file that Brotli (RFC 7932) makes smaller: at its best it is too slow for a server.
import { readdir, readFile, writeFile } from "node:fs/promises"
import { promisify } from "node:util"
import { brotliCompress, constants } from "node:zlib"

const BUILT = new URL("../../dist/", import.meta.url)
const COMPRESSIBLE = /\.(?:js|css|svg|json)$/
// Below it, compressing saves no packet.
const SMALL_BYTES = 1024

const compress = promisify(brotliCompress)
const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY }

async function beside(name) {
  const content = await readFile(new URL(name, BUILT))
  if (content.length <= SMALL_BYTES) return
  await writeFile(new URL(`${name}.br`, BUILT), await compress(content, { params }))
}

const built = await readdir(BUILT, { recursive: true })
await Promise.all(built.filter((name) => COMPRESSIBLE.test(name)).map(beside))
