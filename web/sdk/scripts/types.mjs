// Writes the types of everything that crosses the wire, from the documents that the server's own schemas are made into.
// With --check it only says, by its exit code, whether they are as they should be.
import { readFile, writeFile } from "node:fs/promises"
import openapiTS, { astToString } from "openapi-typescript"

const SCHEMAS = new URL("../../../schemas/", import.meta.url)
const GENERATED = new URL("../src/generated/", import.meta.url)

async function document(name) {
  return JSON.parse(await readFile(new URL(name, SCHEMAS), "utf8"))
}

// An AsyncAPI document's schemas are JSON Schema, as an OpenAPI 3.1 document's are.
function asOpenApi(asyncapi) {
  return { openapi: "3.1.0", info: asyncapi.info, paths: {}, components: { schemas: asyncapi.components.schemas } }
}

const wanted = {
  "rest.ts": astToString(await openapiTS(await document("openapi.json"))),
  "socket.ts": astToString(await openapiTS(asOpenApi(await document("asyncapi.json")))),
}

if (process.argv.includes("--check")) {
  const stale = []
  for (const [name, text] of Object.entries(wanted)) {
    const found = await readFile(new URL(name, GENERATED), "utf8").catch(() => "")
    if (found !== text) stale.push(name)
  }
  if (stale.length > 0) {
    process.stderr.write(`stale: src/generated/${stale.join(", ")}: run npm run types\n`)
    process.exit(1)
  }
} else {
  for (const [name, text] of Object.entries(wanted)) await writeFile(new URL(name, GENERATED), text)
}
