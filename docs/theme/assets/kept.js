// The pieces of the tab: what was fetched is kept in the browser, and needs no network next time.

export default async ({ pieces, key }) => {
  for (const name of await caches.keys()) if (name.startsWith("tab-") && name !== key) await caches.delete(name)
  const cache = await caches.open(key)
  // Returns what is at an address, from what was kept if it is there; says how much comes.
  return async (name, came = () => {}) => {
    const address = new URL(name, pieces)
    const kept = await cache.match(address)
    if (kept) {
      const data = await kept.arrayBuffer()
      came(data.byteLength)
      return data
    }
    const answer = await fetch(address)
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`)
    const parts = []
    for (const reader = answer.body.getReader(); ;) {
      const { done, value } = await reader.read()
      if (done) break
      parts.push(value)
      came(value.length)
    }
    const blob = new Blob(parts)
    await cache.put(address, new Response(blob)).catch(() => {}) // no room: fetched again next time
    return blob.arrayBuffer()
  }
}

// Returns the address of a piece, as something of a type, for what wants an address.
export const address = async (fetched, name, type) => URL.createObjectURL(new Blob([await fetched(name)], { type }))
export const module = async (fetched, name) => import(await address(fetched, name, "text/javascript"))
